import type { ChildUser, Injection } from "../config.ts";
import { writeCredentialFile } from "./credential-file.ts";
import type { Lease } from "./lease.ts";
import { filled } from "./template.ts";

/** What one process got for one person. */
export interface Worn {
  /** Variables besides those that its server has for everybody. */
  readonly variables: Readonly<Record<string, string>>;
  /** The process is gone: nothing of it stays. Twice is safe. */
  remove(): void;
}

/** How a process is fitted out for one person: made anew for each process, and of one generation of their credential. */
export interface Outfit {
  readonly generation: number;
  /** Throws where a file can not be written. */
  wear(user: ChildUser | undefined): Worn;
}

/** Whether a token goes into the process itself, so that it serves one person and one generation of their credential. */
export const isWorn = (inject: Injection | undefined): inject is Extract<Injection, { kind: "env" | "file" }> => inject?.kind === "env" || inject?.kind === "file";

/** Undefined where nothing of the person goes into the process. */
export const outfitOf = (inject: Injection | undefined, lease: Lease): Outfit | undefined => {
  if (!isWorn(inject)) return undefined;
  const { generation } = lease.facts;
  if (inject.kind === "file") return { generation, wear: (user) => worn(inject, lease, user) };
  return {
    generation,
    wear: () => ({ variables: Object.fromEntries(Object.entries(inject.templates).map(([name, template]) => [name, filled(template, lease)])), remove: () => undefined }),
  };
};

const worn = ({ variable }: Extract<Injection, { kind: "file" }>, lease: Lease, user: ChildUser | undefined): Worn => {
  const file = writeCredentialFile(lease, user);
  return { variables: { [variable]: file.path }, remove: () => file.remove() };
};
