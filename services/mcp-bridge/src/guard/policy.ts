import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { BridgeLimits } from "../limits.ts";
import { foldedName } from "../wire/folded-name.ts";
import { readDocument, stringAt, textAt, withEdits } from "../wire/json-document.ts";
import { JsonScanner, type JsonSlice } from "../wire/json-scan.ts";
import { headerParameters } from "../wire/rev-2026-07-28/parameter-headers.ts";
import { unambiguousJson } from "../wire/strict-json.ts";
import { namesSecret } from "./secret-names.ts";
import { ToolPins } from "./tool-pins.ts";
import { allowsTool, type ToolRules } from "./tool-rules.ts";

/** Why a call is not passed on. `unknown_tool` looks to the client as if there were none. */
export type Uncalled = "ambiguous" | "unknown_tool";

/** How much of a list is looked at: while it is, nobody else is served. */
export type ListLimits = Pick<BridgeLimits, "listedTools" | "listedToolsBytes">;

export type WireEra = "session" | "modern";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The operator's word on the tools of one server, the same wherever a tool is named: in the list, in a call, and in
 * a call that asks for no answer. It is decided by the body, never by a header, and where a rule applies what was
 * decided about is what goes on: no second way to read it is left.
 */
export class ToolPolicy {
  readonly #rules: ToolRules;
  readonly #log: Log;
  readonly #limits: ListLimits;
  readonly #said = new Set<string>();
  readonly #pins = new ToolPins();
  readonly #secretive = new Set<string>();

  constructor(rules: ToolRules, log: Log, limits: ListLimits) {
    this.#limits = limits;
    this.#rules = rules;
    this.#log = log;
  }

  /** Whether a call has to be looked at at all; where not, it stays the bytes that came. */
  get restricts(): boolean {
    return this.#rules.allow !== undefined || (this.#rules.deny?.length ?? 0) > 0 || this.#rules.pin === "refuse";
  }

  /** Whether a tool of this name is there for a client. */
  admits(name: string): boolean {
    return allowsTool(this.#rules, name) && (this.#rules.pin !== "refuse" || this.#pins.holds(name));
  }

  /** Decides about a message with the method `tools/call`; answers with what to pass on. */
  call(message: Buffer): Result<Buffer, Uncalled> {
    if (!this.restricts) return ok(message);
    const plain = unambiguousJson(message);
    const read = plain === undefined ? undefined : readDocument(plain);
    if (plain === undefined || read?.ok !== true) return err("ambiguous");
    const { top, body } = read.value;
    if (isSpeltTwice(top, "params") || isSpeltTwice(body, "name")) return err("ambiguous");
    const name = stringAt(read.value, body.get("name"));
    return name !== undefined && this.admits(name) ? ok(plain) : err("unknown_tool");
  }

  /**
   * Looks at an answer to `tools/list`, and takes out what is not there for clients. Undefined: it can not be told,
   * because it can be read in two ways, or is larger than is looked at; it must not be passed on.
   */
  list(answer: Buffer, era: WireEra): Buffer | undefined {
    const read = readDocument(answer);
    if (!read.ok || (this.restricts && !read.value.unique)) return this.restricts ? undefined : answer;
    const at = read.value.body.get("tools");
    if (at === undefined || !read.value.top.has("result")) return answer;
    const { listedTools, listedToolsBytes } = this.#limits;
    const slices = at.end - at.start > listedToolsBytes ? undefined : elementsOf(answer, at, listedTools);
    if (slices === undefined) {
      this.#sayOnce("a list of tools is larger than is looked at", { bytes: answer.length });
      return this.restricts || era === "modern" ? undefined : answer;
    }
    const kept: string[] = [];
    let withheld = false;
    for (const slice of slices) {
      const shown = this.#shown(answer, slice, era);
      if (shown === undefined) withheld = true;
      else kept.push(shown);
    }
    return withheld || this.restricts ? withEdits(answer, [{ at, text: `[${kept.join(",")}]` }]) : answer;
  }

  #shown(answer: Buffer, slice: JsonSlice, era: WireEra): string | undefined {
    const written = textAt({ bytes: answer }, slice);
    const plain = this.restricts ? unambiguousJson(answer.subarray(slice.start, slice.end))?.toString("utf8") : written;
    const tool: unknown = JSON.parse(plain ?? "null");
    if (plain === undefined || !isRecord(tool) || typeof tool["name"] !== "string") return this.restricts ? undefined : written;
    const { name } = tool;
    this.#watch(name, tool);
    if (era === "modern" && this.secretHeaders(name, tool["inputSchema"])) return undefined;
    return this.admits(name) ? plain : undefined;
  }

  #watch(name: string, tool: Readonly<Record<string, unknown>>): void {
    const sight = this.#pins.see(name, tool);
    const refused = this.#rules.pin === "refuse";
    if (sight === "changed") this.#log.warn({ tool: name, refused }, "the definition of a tool is not the one first seen");
    else if (sight === "unpinned") this.#sayOnce("a tool can not be watched for changes: there are too many, or its name is too long", { tool: name.slice(0, 100), refused });
  }

  #sayOnce(sentence: string, fields: Readonly<Record<string, string | number | boolean>>): void {
    if (this.#said.has(sentence)) return;
    this.#said.add(sentence);
    this.#log.warn(fields, sentence);
  }

  /**
   * Whether a tool wants a secret in a header, where every proxy on the way may write it into a log. There is no
   * such tool for clients.
   */
  secretHeaders(name: string, inputSchema: unknown): boolean {
    const secret = headerParameters(inputSchema).some(({ header, path }) => namesSecret(header) || namesSecret(path.at(-1) ?? ""));
    if (secret && !this.#secretive.has(name) && this.#secretive.size < 1_000) {
      this.#secretive.add(name);
      this.#log.warn({ tool: name }, "a tool was withheld: it wants a secret in a header");
    }
    return secret;
  }
}

/** A server that does not tell cases apart would call the tool that the last of them names. */
const isSpeltTwice = (members: ReadonlyMap<string, JsonSlice>, name: string): boolean =>
  [...members.keys()].some((key) => key !== name && foldedName(key) === name);

/** Undefined where there are more than so many. */
const elementsOf = (bytes: Buffer, { start }: JsonSlice, most: number): readonly JsonSlice[] | undefined => {
  const scanner = new JsonScanner(bytes, start);
  const elements: JsonSlice[] = [];
  let count = 0;
  if (scanner.isArray()) {
    scanner.array(() => {
      count += 1;
      const slice = scanner.skip();
      if (count <= most) elements.push(slice);
    });
  }
  return count > most ? undefined : elements;
};
