import { sha256 } from "@mcp-auth-proxy/crypto";
import { canonicalJson } from "../wire/canonical-json.ts";

/**
 * `new`: never seen. `same`: as first seen. `changed`: another one, seen for the first time. `changed-before`: again.
 * `unpinned`: there is no room to remember it, so nobody could tell a change.
 */
export type Sight = "new" | "same" | "changed" | "changed-before" | "unpinned";

const maxNames = 10_000;
const maxNameLength = 1_000;
const maxChanges = 16;

/**
 * Remembers how each tool of a server was defined when it was first seen: a tool that was looked at and found good may
 * come back with another description (a "rug pull"). In memory: the first sight after a start counts. The first
 * `mostNames` tools are remembered, for good: a server that lists more can not push out those that were found good.
 */
export class ToolPins {
  readonly #mostNames: number;
  readonly #first = new Map<string, string>();
  readonly #changes = new Map<string, Set<string>>();

  constructor(mostNames = maxNames) {
    this.#mostNames = mostNames;
  }

  see(name: string, definition: Readonly<Record<string, unknown>>): Sight {
    if (this.#isUnpinnable(name)) return "unpinned";
    // `_meta` is for what changes from answer to answer; a model does not read it.
    const { _meta, ...pinned } = definition;
    const digest = sha256(canonicalJson(pinned));
    const first = this.#first.get(name);
    if (first === undefined) {
      this.#first.set(name, digest);
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

  /**
   * Whether nothing speaks against a tool: its definition seen last is the first. A tool that was never listed is held
   * to nothing yet; one that can not be remembered never counts as unchanged.
   */
  holds(name: string): boolean {
    return !this.#changes.has(name) && !this.#isUnpinnable(name);
  }

  #isUnpinnable(name: string): boolean {
    return name.length > maxNameLength || (this.#first.size >= this.#mostNames && !this.#first.has(name));
  }
}
