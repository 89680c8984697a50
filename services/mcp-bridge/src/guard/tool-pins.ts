import { sha256 } from "@mcp-auth-proxy/crypto";
import { canonicalJson } from "../wire/canonical-json.ts";

/** `new`: never seen. `same`: as first seen. `changed`: another one, seen for the first time. `changed-before`: again. */
export type Sight = "new" | "same" | "changed" | "changed-before";

const maxNames = 10_000;
const maxChanges = 16;

/**
 * Remembers how each tool of a server was defined when it was first seen: a tool that was looked at and found good may
 * come back with another description (a "rug pull"). In memory: the first sight after a start counts.
 */
export class ToolPins {
  readonly #first = new Map<string, string>();
  readonly #changes = new Map<string, Set<string>>();

  see(name: string, definition: Readonly<Record<string, unknown>>): Sight {
    // `_meta` is for what changes from answer to answer; a model does not read it.
    const { _meta, ...pinned } = definition;
    const digest = sha256(canonicalJson(pinned));
    const first = this.#first.get(name);
    if (first === undefined) {
      if (this.#first.size < maxNames) this.#first.set(name, digest);
      return "new";
    }
    if (first === digest) {
      this.#changes.delete(name);
      return "same";
    }
    const changes = this.#changes.get(name) ?? new Set();
    this.#changes.set(name, changes);
    if (changes.has(digest) || changes.size >= maxChanges) return "changed-before";
    changes.add(digest);
    return "changed";
  }

  /** Whether the definition seen last is another than the first. */
  isChanged(name: string): boolean {
    return this.#changes.has(name);
  }
}
