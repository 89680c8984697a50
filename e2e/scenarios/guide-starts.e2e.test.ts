import { launchPostgres, launchRedis } from "@mcp-auth-proxy/testing/servers";
import { describe, expect, it } from "vitest";
import { envFile, everySetting, oidcBlocks, printedKey, serversFile } from "../support/guide.ts";
import { guideCommand, guideKey, type GuideStart, startAsInTheGuide } from "../support/guide-start.ts";

type Settings = Readonly<Record<string, string | undefined>>;

const shellLine = "AUTH_ENCRYPTION_SECRET=$(openssl rand -base64 32)";
const withKey = (text: string): string => text.replace(shellLine, `AUTH_ENCRYPTION_SECRET=${guideKey}`);
const ownCertificate: Settings = { TLS_CERT: undefined, TLS_KEY: undefined };

/** Said on some machines only, or because the tests' port is another one. */
const ofTheMachine = /CHILD_USER|something has to forward one to the other|holds this program itself/;
const said = ({ warnings }: GuideStart): readonly string[] => warnings.filter((warning) => !ofTheMachine.test(warning));

const expectRefused = ({ code, refusals }: GuideStart, ...sentences: readonly string[]): void => {
  expect(code, refusals.join("\n")).toBe(2);
  expect(refusals).toEqual(sentences.map((sentence) => expect.stringContaining(sentence)));
};
const expectRuns = (start: GuideStart, ...warnings: readonly string[]): void => {
  expect(start.code, start.refusals.join("\n")).toBeUndefined();
  expect(said(start)).toEqual(warnings.map((warning) => expect.stringContaining(warning)));
};

describe("settings of the guide", () => {
  it.concurrent.each([["3.2", envFile], ["12", everySetting]])("section %s with a line for a shell in it is refused, naming AUTH_ENCRYPTION_SECRET and nothing else", async (_, text) => {
    expectRefused(await startAsInTheGuide({ envFile: text }), 'starts with "$(", a line for a shell');
  });

  it("section 3.2 with a key runs, and warns of none of its variables for compose", async () => {
    expectRuns(await startAsInTheGuide({ envFile: withKey(envFile) }));
  });

  it("section 12 with a key runs, all at once, on PostgreSQL and Redis, and says what has no effect", async () => {
    await using postgres = await launchPostgres();
    await using redis = await launchRedis();
    const start = await startAsInTheGuide({ envFile: withKey(everySetting), environment: { DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url } });
    expectRuns(start, "METRICS_ENABLED", "PASSWORD is one that can be guessed");
  });

  it("section 5.2 prints a key that is public and none: it is refused", async () => {
    const start = await startAsInTheGuide({ envFile: withKey(envFile), environment: { AUTH_ENCRYPTION_SECRET: printedKey } });
    expectRefused(start, "AUTH_ENCRYPTION_SECRET does not fit (key 1: the key is not base64)");
    expect(start.refusals.join()).not.toContain(printedKey);
  });

  it.concurrent.each(Object.entries(oidcBlocks))("section 4.3: %s", async (_, text) => {
    const environment = { EXTERNAL_URL: "https://mcp.yourdomain.com", ALLOWED_USERS: "group:engineers,group:admins", AUTH_ENCRYPTION_SECRET: guideKey };
    expectRuns(await startAsInTheGuide({ envFile: text, environment }));
  });

  it.concurrent.each([
    ["jedi@yourdomain.com,admin@yourdomain.com,alice@yourdomain.com"],
    ["jedi,alice,bob"],
    ["*@yourdomain.com"],
    ["group:engineers,group:admins"],
  ])('section 10.4: ALLOWED_USERS="%s"', async (list) => {
    expectRuns(await startAsInTheGuide({ envFile: `${withKey(envFile)}\nALLOWED_USERS="${list}"` }));
  });

  it("section 11.6 names an OpenID provider without a client: it is refused, saying what to register", async () => {
    const start = await startAsInTheGuide({
      envFile: "GOOGLE_CLIENT_ID=gmail_google_id\nGOOGLE_CLIENT_SECRET=gmail_google_secret\nGITHUB_CLIENT_ID=github_id\nGITHUB_CLIENT_SECRET=github_secret\nOIDC_ISSUER=https://auth.yourdomain.com",
      environment: ownCertificate,
    });
    expectRefused(start, "OIDC_ISSUER is set and OIDC_CLIENT_ID is not");
  });
});

describe("command lines of the guide", () => {
  const google = ["--google-client-id", "YOUR_CLIENT_ID", "--google-client-secret", "YOUR_CLIENT_SECRET"];
  const github = ["--github-client-id", "YOUR_CLIENT_ID", "--github-client-secret", "YOUR_CLIENT_SECRET"];
  const publicUrl = ["--external-url", "https://mcp.yourdomain.com"];
  const letsEncrypt = "asks for a certificate from Let's Encrypt, which comes with a later version";
  const nobody = "PASSWORD is not set: nobody could sign in";

  it.concurrent.each<[section: string, args: readonly string[], refused: readonly string[]]>([
    ["2.1 with Let's Encrypt", [...publicUrl, "--tls", ...google, ...github], [letsEncrypt, "sign-in with google is open to everyone", "sign-in with github is open to everyone"]],
    ["2.3", [...publicUrl, "--tls", "--password", "changeme"], [letsEncrypt]],
    ["6.2 and 6.3", [...publicUrl, "--tls", "--transport", "sse"], [letsEncrypt, nobody]],
    ["10.2, the bad example", ["--google-secret", "c7f8k2x9mP1qL4nR7sT0vB3wF5gH8jK0lMoP9qRsT2u="], ["set GOOGLE_CLIENT_SECRET or GOOGLE_CLIENT_SECRET_FILE in the environment"]],
    ["10.3 with Let's Encrypt", [...publicUrl, "--tls", "--tls-email", "admin@yourdomain.com"], [letsEncrypt, nobody, "--tls-email is for certificates from Let's Encrypt"]],
  ])("section %s is refused with what to do", async (_, args, refused) => {
    expectRefused(await startAsInTheGuide({ args: [...args, "--", ...guideCommand], environment: ownCertificate }), ...refused);
  });

  it.concurrent.each(["install", "mcp install"])("section 8.1: %s google-calendar is refused as a command of a later version", async (command) => {
    expectRefused(await startAsInTheGuide({ args: [...command.split(" "), "google-calendar"] }), `"${command}" is a command of a later version`);
  });

  it.concurrent.each<[section: string, args: readonly string[]]>([
    ["2.1 behind an edge", [...publicUrl, ...google, ...github, "--allowed-users", "*"]],
    ["10.3 with an own certificate", [...publicUrl, "--password", "a long password"]],
  ])("section %s runs, and says that secrets show in ps", async (_, args) => {
    const { code, refusals, warnings } = await startAsInTheGuide({ args: [...args, "--", ...guideCommand] });
    expect(code, refusals.join("\n")).toBeUndefined();
    expect(warnings.filter((warning) => warning.includes("is seen by everyone who lists the processes"))).toHaveLength(args.filter((arg) => /-secret$|^--password$/.test(arg)).length);
  });

  it.concurrent.each([
    ["2.2", { GOOGLE_CLIENT_ID: "YOUR_ID", GOOGLE_CLIENT_SECRET: "YOUR_SECRET" }, ["sign-in with google is open to everyone"]],
    ["10.2, Vault", { PASSWORD: "a long password", VAULT_ADDR: "https://vault.yourdomain.com", VAULT_TOKEN: "x" }, ["VAULT_ADDR reads secrets from HashiCorp Vault"]],
  ])("section %s is refused, saying what to set", async (_, settings, refused) => {
    expectRefused(await startAsInTheGuide({ environment: { EXTERNAL_URL: "https://mcp.yourdomain.com", AUTH_ENCRYPTION_SECRET: guideKey, ...settings } }), ...refused);
  });
});

describe("services of the guide's compose files, with a command without dashes", () => {
  const google: Settings = { GOOGLE_CLIENT_ID: "id", GOOGLE_CLIENT_SECRET: "secret", ALLOWED_USERS: "jedi@yourdomain.com" };
  const services: readonly (readonly [string, Settings, readonly string[]])[] = [
    ["gmail", { ...google, LOG_LEVEL: "debug" }, guideCommand],
    ["calendar", google, ["npx", "-y", "@modelcontextprotocol/server-google-calendar"]],
    ["github", { GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "secret", ALLOWED_USERS: "jedi" }, ["npx", "-y", "@modelcontextprotocol/server-github", "--owner", "jedi"]],
    ["drive", google, ["npx", "-y", "@modelcontextprotocol/server-google-drive"]],
  ];
  const service = (name: string, settings: Settings, args: readonly string[]): Promise<GuideStart> => {
    const host = `mcp-${name}.yourdomain.com`;
    return startAsInTheGuide({ args, environment: { EXTERNAL_URL: `https://${host}`, TLS: "true", AUTH_ENCRYPTION_SECRET: guideKey, ...settings } }, host);
  };

  it.each(services)("section 3.1: %s runs, and its command is untouched", async (name, settings, args) => {
    const start = await service(name, settings, args);
    expectRuns(start);
    expect(start.banner).toContain(`server       ${args.join(" ")}\n`);
    expect(start.banner).toContain(`MCP URL      https://mcp-${name}.yourdomain.com/mcp`);
  });

  it("section 8.3: all four run with one database, each with schemas of its own", async () => {
    await using postgres = await launchPostgres();
    const database = await postgres.createDatabase();
    const starts = await Promise.all(services.map(([name, settings, args]) => service(name, { ...settings, TOKEN_STORE: "postgresql", DATABASE_URL: database }, args)));
    for (const start of starts) expectRuns(start);
    const schemas = await postgres.execute("select schema_name from information_schema.schemata where schema_name like 'mcp%vault'", database);
    expect(schemas).toHaveLength(services.length);
  });
});

describe("the guide's mcp_servers.json", () => {
  const accounts: Settings = { GOOGLE_CLIENT_ID: "id", GOOGLE_CLIENT_SECRET: "secret", GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "secret", ALLOWED_USERS: "*", AUTH_ENCRYPTION_SECRET: guideKey };

  it("puts all four servers behind one gateway", async () => {
    const start = await startAsInTheGuide({ serversFile, args: [], environment: { ...accounts, EXTERNAL_URL: "https://mcp.yourdomain.com" } });
    expectRuns(start);
    for (const name of ["gmail", "google-calendar", "github", "google-drive"]) expect(start.banner).toContain(`https://mcp.yourdomain.com/${name}/mcp`);
  });

  it("at the gateway that an entry points back to, that entry is named and the others are served", async () => {
    const start = await startAsInTheGuide({ serversFile, args: [], environment: { ...accounts, EXTERNAL_URL: "https://mcp-gmail.yourdomain.com" } }, "mcp-gmail.yourdomain.com");
    expectRuns(start, "server gmail: url lies under https://mcp-gmail.yourdomain.com: that is this gateway");
    expect(start.banner).toContain("https://mcp-gmail.yourdomain.com/github/mcp");
    expect(start.banner).not.toContain("https://mcp-gmail.yourdomain.com/gmail/mcp");
  });
});
