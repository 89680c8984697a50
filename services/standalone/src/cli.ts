#!/usr/bin/env node
import { setTimeout as pause } from "node:timers/promises";
import { loadGatewayConfig, loadGatewayLocation, parseCommandLine, helpText, type Behind, type GatewayConfig, type Invocation, type Loaded, type Problems } from "@mcp-auth-proxy/config";
import { systemClock, type Result } from "@mcp-auth-proxy/contracts";
import { databasePlace } from "@mcp-auth-proxy/event-store";
import { createLog, redact, type Log } from "@mcp-auth-proxy/telemetry";
import { banner } from "./banner.ts";
import { programName, thisCaller, type Caller } from "./caller.ts";
import { dataFiles } from "./data/data-directory.ts";
import { defaultDataPath } from "./data/data-path.ts";
import { runOperatorCommand } from "./operator/run-operator-command.ts";
import { placesOf, startGateway, type RunningGateway } from "./serve.ts";
import { createStopWatch } from "./signals.ts";
import { StartError } from "./start-error.ts";
import { version } from "./version.ts";

type Serve = Extract<Invocation, { kind: "serve" }>;
type Operate = Extract<Invocation, { kind: "operate" }>;

const accepted = <T>(result: Result<T, Problems>): T => {
  if (result.ok) return result.value;
  throw new StartError(2, result.error);
};

const operate = async ({ flags, command }: Operate, caller: Caller): Promise<void> => {
  const { value } = accepted(loadGatewayLocation({ flags, environment: caller.environment, folder: caller.folder }));
  const dataPath = value.dataPath ?? defaultDataPath(placesOf(caller, value));
  process.stdout.write(`${await runOperatorCommand(command, dataFiles(dataPath).operatorSocket, dataPath)}\n`);
};

/** How long an end may take that others wait for: their lease begins a few seconds after ours was lost. */
const lostStopMs = 3_000;

const databaseFact = ({ databaseUrl, deployment }: GatewayConfig["storage"]): { readonly database?: string } =>
  databaseUrl === undefined ? {} : { database: `PostgreSQL at ${databasePlace(databaseUrl)}, schemas ${deployment}_…` };

/** What nobody caught: the state is unknown then. It goes through the log, which masks secrets, and not to the terminal as it is. */
const endOnSurprise = (log: Log): void => {
  const end = (cause: unknown): void => {
    log.fatal({ err: cause }, "ended by an error that nobody expected");
    process.exit(1);
  };
  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
};

const asRootWithoutUser = ({ uid }: Caller, childUser: string | undefined, behind: Behind): readonly string[] =>
  uid === 0 && childUser === undefined && behind.kind !== "url" ? ["the MCP server runs as root, as this process does: CHILD_USER names another user for it"] : [];

/** Whoever may write there changes what runs at the next start. */
const servesItself = ({ folder, projectRoot }: Caller): readonly string[] =>
  folder === projectRoot || projectRoot.startsWith(`${folder}/`)
    ? ["the folder that is served holds this program itself: start it in another folder, as the README shows, unless this is a trial"]
    : [];

const serve = async ({ flags, behind }: Serve, caller: Caller): Promise<void> => {
  const watch = createStopWatch(systemClock, (code) => process.exit(code));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => watch.receive(signal));
  const load = (): Loaded<GatewayConfig> => accepted(loadGatewayConfig({ flags, environment: caller.environment, folder: caller.folder, behind: behind.kind }));
  const loaded = load();
  const config = loaded.value;
  const log = createLog({ level: config.log.level, format: config.log.format ?? (process.stderr.isTTY ? "text" : "json"), destination: process.stderr });
  endOnSurprise(log);
  for (const warning of [...loaded.warnings, ...asRootWithoutUser(caller, config.childUser, behind), ...(behind.kind === "command" ? servesItself(caller) : [])]) log.warn(warning);
  const gateway = await startGateway(config, behind, caller, systemClock, log, () => load().value.encryptionSecret).catch((cause: unknown) => {
    // The only place where a failed start shows a stack, and masked as every line of the log.
    log.debug({ err: cause }, "the start failed");
    throw cause;
  });
  process.stdout.write(
    banner({
      version,
      externalUrl: config.externalUrl.base,
      servers: gateway.served,
      signIn: config.password === undefined ? "account" : config.providers.length === 0 ? "password" : "either",
      dataPath: config.storage.tokenStore === "memory" ? undefined : gateway.dataPath,
      ...databaseFact(config.storage),
      operatorPath: gateway.dataPath,
      selfSigned: gateway.selfSigned,
      program: programName(caller),
    }),
  );
  log.info({ mcpUrl: gateway.served[0].resource, servers: gateway.served.length, version }, "the gateway is ready");
  const end = await Promise.race([watch.stopped.then((signal) => ({ signal })), gateway.lost.then((reason) => ({ reason }))]);
  if ("reason" in end) return endWithoutDatabase(gateway, end.reason, log);
  log.info({ signal: end.signal }, "the gateway stops");
  await gateway.stop();
};

/** An orderly end if it is quick; in any case before somebody else can be at work on the database. */
const endWithoutDatabase = async (gateway: RunningGateway, reason: string, log: Log): Promise<void> => {
  log.fatal({ reason }, "the gateway ends: it does not have its database for itself any more");
  await Promise.race([gateway.stop(), pause(lostStopMs)]).catch((cause: unknown) => log.debug({ err: cause }, "the stop failed"));
  process.exit(1);
};

const run = async (argv: readonly string[], caller: Caller): Promise<void> => {
  const invocation = accepted(parseCommandLine(argv));
  switch (invocation.kind) {
    case "help":
      process.stdout.write(helpText());
      return;
    case "version":
      process.stdout.write(`mcp-auth-proxy ${version}\n`);
      return;
    case "operate":
      return operate(invocation, caller);
    case "serve":
      return serve(invocation, caller);
    default:
      return invocation satisfies never;
  }
};

const explain = (cause: unknown): { readonly lines: readonly string[]; readonly exitCode: number } => {
  if (cause instanceof StartError) return cause;
  return { lines: [redact(`it could not go on: ${cause instanceof Error ? cause.message : String(cause)} (LOG_LEVEL=debug shows more)`)], exitCode: 1 };
};

try {
  await run(process.argv.slice(2), thisCaller());
  // Timers of what has been stopped must not keep a process that has nothing left to do.
  process.exit(0);
} catch (cause) {
  const { lines, exitCode } = explain(cause);
  for (const line of lines) process.stderr.write(`mcp-auth-proxy: ${line}\n`);
  process.exit(exitCode);
}
