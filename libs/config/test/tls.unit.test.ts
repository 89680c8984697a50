import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../src/command-line.ts";
import { loadGatewayConfig } from "../src/load.ts";
import { isPrivateHost } from "../src/private-host.ts";

type Environment = Readonly<Record<string, string>>;

const load = (environment: Environment, argv: readonly string[] = []) => {
  const line = parseCommandLine([...argv, "--", "server"]);
  if (!line.ok || line.value.kind !== "serve") throw new Error("the command line of this test is wrong");
  const loaded = loadGatewayConfig({ flags: line.value.flags, environment: { PASSWORD: "a long enough one", ...environment }, folder: "/served" });
  return loaded.ok ? { config: loaded.value.value, warnings: loaded.value.warnings, problems: [] } : { config: undefined, warnings: [], problems: loaded.error };
};

const publicUrl = "https://mcp.example.com";
const own = { TLS_CERT: "/keys/fullchain.pem", TLS_KEY: "/keys/privkey.pem" };
const ownFiles = { kind: "files", certificate: "/keys/fullchain.pem", key: "/keys/privkey.pem" };
const onThisMachine = { kind: "self-signed", hosts: ["localhost", "127.0.0.1", "::1"] };

describe("the listener's TLS", () => {
  it.each<readonly [Environment, object | undefined, string]>([
    [{}, undefined, "http on loopback"],
    [{ TLS: "false", TLS_ACCEPT_TOS: "false" }, undefined, "switched off"],
    [{ EXTERNAL_URL: publicUrl }, undefined, "TLS ends at the edge"],
    [{ EXTERNAL_URL: publicUrl, TLS: "false" }, undefined, "the same, said"],
    [{ EXTERNAL_URL: "https://nas.internal" }, undefined, "the same on a private network"],
    [{ EXTERNAL_URL: "https://localhost:8443", TLS: "false", PORT: "8080" }, undefined, "an edge on this machine"],
    [{ EXTERNAL_URL: "https://localhost:8080" }, onThisMachine, "https on loopback asks for it"],
    [{ EXTERNAL_URL: "https://localhost:8080", TLS: "true" }, onThisMachine, "and so does TLS there"],
    [{ EXTERNAL_URL: "https://localhost:8080", TLS_ACCEPT_TOS: "true" }, onThisMachine, "the guide's first command"],
    [{ EXTERNAL_URL: "https://[::1]:8080" }, { kind: "self-signed", hosts: ["::1", "localhost", "127.0.0.1"] }, "another loopback host"],
    [{ EXTERNAL_URL: "https://192.168.1.10:8080", TLS_ACCEPT_TOS: "true" }, { kind: "self-signed", hosts: ["192.168.1.10", "localhost", "127.0.0.1", "::1"] }, "a private host"],
    [{ EXTERNAL_URL: publicUrl, ...own }, ownFiles, "an own certificate, without TLS"],
    [{ EXTERNAL_URL: publicUrl, TLS: "true", ...own }, ownFiles, "an own certificate, as in the guide's compose files"],
    [{ EXTERNAL_URL: publicUrl, TLS: "true", TLS_ACCEPT_TOS: "true", ...own }, ownFiles, "an own certificate beats a made one"],
    [{ EXTERNAL_URL: "https://localhost:8080", ...own }, ownFiles, "on loopback too"],
    [{ EXTERNAL_URL: publicUrl, TLS_CERT_FILE: own.TLS_CERT, TLS_KEY_FILE: own.TLS_KEY }, ownFiles, "under their other names"],
    [{ EXTERNAL_URL: publicUrl, TLS_CERT: "../keys/fullchain.pem", TLS_KEY: "/keys/privkey.pem" }, ownFiles, "relative to the caller's folder"],
  ])("for %j is %j: %s", (environment, tls) => {
    const { config, problems } = load(environment);
    expect(problems).toEqual([]);
    expect(config?.tls).toEqual(tls);
  });

  it("is taken from the flags of the guide", () => {
    expect(load({}, ["--external-url", "https://localhost:8080", "--tls-accept-tos"])).toMatchObject({ config: { tls: onThisMachine, listen: { host: "127.0.0.1", port: 8080 } }, warnings: [] });
    expect(load({}, ["--external-url", publicUrl, "--tls-cert", own.TLS_CERT, "--tls-key", own.TLS_KEY]).config?.tls).toEqual(ownFiles);
  });

  it.each<readonly [Environment, string, string]>([
    [{ EXTERNAL_URL: publicUrl, TLS: "true" }, "TLS without TLS_CERT asks for a certificate from Let's Encrypt", "ACME comes later"],
    [{ EXTERNAL_URL: publicUrl, TLS_ACCEPT_TOS: "true" }, "TLS_ACCEPT_TOS without TLS_CERT asks for a certificate from Let's Encrypt", "it would accept an authority's terms"],
    [{ EXTERNAL_URL: "https://nas.internal", TLS: "true" }, "TLS without TLS_CERT: no public authority gives certificates for nas.internal. Add TLS_ACCEPT_TOS", "a private host"],
    [{ EXTERNAL_URL: publicUrl, TLS_CERT: "/x" }, "TLS_CERT is set and TLS_KEY is not", "half a pair"],
    [{ EXTERNAL_URL: publicUrl, TLS_KEY_FILE: "/x" }, "TLS_KEY_FILE is set and TLS_CERT is not", "the other half"],
    [{ EXTERNAL_URL: publicUrl, ...own, TLS_CERT_FILE: "/other" }, "TLS_CERT and TLS_CERT_FILE are both given: keep one", "two that differ"],
    [{ EXTERNAL_URL: publicUrl, TLS: "false", ...own }, "TLS is false and TLS_CERT is set: keep one", "a contradiction"],
    [{ EXTERNAL_URL: "https://localhost:8080", PORT: "9000", TLS: "false", TLS_ACCEPT_TOS: "true" }, "TLS is false and TLS_ACCEPT_TOS is set: keep one", "a contradiction"],
    [{ TLS: "true" }, "TLS asks for TLS, and EXTERNAL_URL is http://localhost:8080: set EXTERNAL_URL=https://localhost:8080", "no https URL"],
    [{ TLS_ACCEPT_TOS: "true", PORT: "9000" }, "set EXTERNAL_URL=https://localhost:9000", "no https URL"],
    [{ EXTERNAL_URL: "http://localhost:9000", ...own }, "TLS_CERT asks for TLS, and EXTERNAL_URL is http://localhost:9000", "no https URL"],
    [{ EXTERNAL_URL: publicUrl, TLS: "perhaps" }, 'TLS is "perhaps": it takes true or false', "a bad value"],
  ])("refuses %j: %s (%s)", (environment, sentence) => {
    expect(load(environment).problems).toEqual([expect.stringContaining(sentence)]);
  });

  it("never shows a key that was put where its path belongs", () => {
    const text = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIB0pbsecret";
    const { problems } = load({ EXTERNAL_URL: publicUrl, TLS_CERT: "/x", TLS_KEY: text });
    expect(problems).toEqual(['TLS_KEY is "-----BEGIN …": it takes the path of a PEM file']);
  });

  it("has its files among those that must not be served, each once", () => {
    expect(load({ EXTERNAL_URL: publicUrl, ...own }).config?.settingsFiles).toEqual([
      { setting: "TLS_CERT", path: own.TLS_CERT },
      { setting: "TLS_KEY", path: own.TLS_KEY },
    ]);
    expect(load({ EXTERNAL_URL: publicUrl, TLS_CERT: own.TLS_CERT, TLS_KEY_FILE: own.TLS_KEY }).config?.settingsFiles).toEqual([
      { setting: "TLS_KEY_FILE", path: own.TLS_KEY },
      { setting: "TLS_CERT", path: own.TLS_CERT },
    ]);
  });

  it("means that no edge is warned about, and a port that does not fit is", () => {
    expect(load({ EXTERNAL_URL: `${publicUrl}:8080`, ...own }).warnings).toEqual([]);
    expect(load({ EXTERNAL_URL: publicUrl, ...own }).warnings).toEqual([expect.stringContaining("EXTERNAL_URL names port 443 and the gateway listens on 8080")]);
  });
});

describe("a host", () => {
  it.each(["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1", "100.64.0.1", "fd00::1", "fe80::1", "nas", "nas.local", "nas.lan", "a.b.internal", "x.home.arpa", "app.localhost"])(
    "%s is private",
    (host) => {
      expect(isPrivateHost(host)).toBe(true);
    },
  );

  it.each(["172.32.0.1", "11.0.0.1", "100.128.0.1", "2001:db8::1", "mcp.example.com", "local.example.com", "notlocal.com", "arpa.net"])("%s is not", (host) => {
    expect(isPrivateHost(host)).toBe(false);
  });
});
