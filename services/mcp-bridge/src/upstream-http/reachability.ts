import type { Log } from "@mcp-auth-proxy/telemetry";
import type { HttpServer } from "../config.ts";
import type { Trouble } from "./trouble.ts";

type Kind = Trouble["kind"];

/** What is the server's doing; an account or a session is its owner's affair. */
const serversDoing: Partial<Readonly<Record<Kind, string>>> = {
  unreachable: "can not be reached",
  interrupted: "ends connections before it answers",
  "bad-answer": "gives answers that can not be passed on",
  refused: "does not let the gateway in",
  "timed-out": "does not answer in time",
};

/** Which servers behind an address are in trouble: said in the log when that changes, and by /readyz. */
export class Reachability {
  readonly #log: Log;
  readonly #trouble = new Map<HttpServer, Kind>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** How an exchange ended; undefined: well. */
  note(server: HttpServer, trouble: Trouble | undefined): void {
    if (trouble !== undefined && serversDoing[trouble.kind] === undefined) return;
    const former = this.#trouble.get(server);
    if (former === trouble?.kind) return;
    if (trouble === undefined) {
      this.#trouble.delete(server);
      this.#log.info({ server: server.name }, "an MCP server behind a URL answers again");
    } else {
      this.#trouble.set(server, trouble.kind);
      this.#log.warn({ server: server.name, trouble: trouble.kind }, "an MCP server behind a URL is in trouble");
    }
  }

  /** It is not there any more. */
  forget(server: HttpServer): void {
    this.#trouble.delete(server);
  }

  /** A sentence for each server whose last answer was none. They name no address. */
  get sentences(): readonly string[] {
    return [...this.#trouble].map(([{ name }, kind]) => `the MCP server ${name} ${serversDoing[kind] ?? kind}`);
  }
}
