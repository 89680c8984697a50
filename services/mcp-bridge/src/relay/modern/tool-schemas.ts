import type { Clock } from "@mcp-auth-proxy/contracts";
import type { ToolPolicy } from "../../guard/policy.ts";
import type { BridgeLimits } from "../../limits.ts";
import { type JsonDocument, scalarAt, stringAt, textAt } from "../../wire/json-document.ts";
import { modernCodes } from "../../wire/rev-2026-07-28/errors.ts";
import { metaKeys, modernRevision } from "../../wire/rev-2026-07-28/names.ts";
import { type HeaderParameter, headerParameters } from "../../wire/rev-2026-07-28/parameter-headers.ts";
import type { ModernRelay } from "./relay.ts";

/** What the gateway has to know of a tool to check a call of it. */
export interface ToolFacts {
  readonly parameters: readonly HeaderParameter[];
  /** It wants a secret in a header: there is no such tool for clients. */
  readonly secretive: boolean;
}

interface Known {
  readonly at: number;
  readonly tools: ReadonlyMap<string, ToolFacts>;
}

const maxPages = 100;
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

/** The tools of one process as it listed them to the gateway; asked for when a call needs it, and again after a time. */
export class ToolSchemas {
  readonly #relay: Pick<ModernRelay, "ask">;
  readonly #policy: ToolPolicy;
  readonly #limits: BridgeLimits;
  readonly #clock: Clock;
  #known: Known | undefined;
  #asking: Promise<Known | undefined> | undefined;

  constructor(relay: Pick<ModernRelay, "ask">, policy: ToolPolicy, limits: BridgeLimits, clock: Clock) {
    this.#relay = relay;
    this.#policy = policy;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** A list that is young enough to decide by, without asking. */
  current(): ReadonlyMap<string, ToolFacts> | undefined {
    return this.#known !== undefined && this.#known.at + this.#limits.toolListMs > this.#clock.now() ? this.#known.tools : undefined;
  }

  /**
   * The list, asked for now unless that was less than `freshMs` ago. A server without the method has no such tools;
   * undefined: it has it, and does not say. Nothing can be decided then.
   */
  async ask(freshMs: number): Promise<ReadonlyMap<string, ToolFacts> | undefined> {
    if (this.#known !== undefined && this.#known.at + freshMs > this.#clock.now()) return this.#known.tools;
    this.#asking ??= this.#askAll();
    try {
      this.#known = await this.#asking;
      return this.#known?.tools;
    } finally {
      this.#asking = undefined;
    }
  }

  async #askAll(): Promise<Known | undefined> {
    const at = this.#clock.now();
    const tools = new Map<string, ToolFacts>();
    let cursor: string | undefined;
    for (let page = 0; page < maxPages; page += 1) {
      const answer: JsonDocument | undefined = await this.#relay.ask((number) => listLine(number, cursor), this.#limits.toolListAnswerMs);
      if (answer === undefined) return undefined;
      if (answer.top.has("error")) return page === 0 && scalarAt(answer, answer.body.get("code")) === modernCodes.methodNotFound ? { at, tools } : undefined;
      if (!this.#addAll(answer, tools)) return undefined;
      cursor = stringAt(answer, answer.body.get("nextCursor"));
      if (cursor === undefined) return { at, tools };
    }
    return undefined;
  }

  /** False where what is in it can not be told. */
  #addAll(answer: JsonDocument, tools: Map<string, ToolFacts>): boolean {
    // Also the first sight of a definition, where no client has listed the tools before it calls one.
    if (this.#policy.list(answer.bytes, "modern") === undefined) return false;
    const at = answer.body.get("tools");
    const listed: unknown = at === undefined || scalarAt(answer, at) !== undefined ? [] : JSON.parse(textAt(answer, at));
    for (const tool of Array.isArray(listed) ? listed : []) {
      if (!isRecord(tool) || typeof tool["name"] !== "string") continue;
      const { name, inputSchema } = tool;
      tools.set(name, { parameters: headerParameters(inputSchema), secretive: this.#policy.secretHeaders(name, inputSchema) });
    }
    return true;
  }
}

const listLine = (number: number, cursor: string | undefined): Buffer => {
  const _meta = {
    [metaKeys.protocolVersion]: modernRevision,
    [metaKeys.clientCapabilities]: {},
    [metaKeys.clientInfo]: { name: "mcp-auth-proxy", version: "1" },
  };
  return Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: number, method: "tools/list", params: { _meta, ...(cursor === undefined ? {} : { cursor }) } }));
};
