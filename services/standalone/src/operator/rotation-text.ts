import type { vaultV1 } from "@mcp-auth-proxy/contracts";
import type { Static } from "typebox";

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

/** What became of AUTH_ENCRYPTION_SECRET. Keys are named by their terms, which tell nothing about them; the log names the same. */
export const rotationText = ({ activeTerm, rewrapped, unreadable, terms }: Static<typeof vaultV1.rotateEncryptionKey.response>): string => {
  const needed = terms.filter((term) => term !== activeTerm);
  return [
    `AUTH_ENCRYPTION_SECRET: its first key (${activeTerm}) closes what is kept; ${counted(rewrapped, "key")} moved under it`,
    ...(needed.length === 0 ? ["AUTH_ENCRYPTION_SECRET: every key behind the first may be taken out"] : []),
    ...(needed.length > 0 ? [`AUTH_ENCRYPTION_SECRET: still needed besides the first: ${needed.join(", ")}`] : []),
    ...(unreadable > 0 ? [`AUTH_ENCRYPTION_SECRET: ${counted(unreadable, "kept key")} opened with none of its keys: a former one is missing`] : []),
  ].join("\n");
};
