import { AppError } from "@mcp-auth-proxy/contracts";
import type { Keyring } from "@mcp-auth-proxy/crypto";
import type { Unit } from "@mcp-auth-proxy/event-store";
import { keyringDecider } from "../domain/keyring.ts";
import type { CurrentKeyring } from "./current-keyring.ts";

/**
 * Refuses to write what was closed with a key that the vault as a whole has let go: a replica that was not told would
 * lose it for everybody. In the transaction of the write, so that the two can not pass each other.
 * Throws AppError `unavailable`: another replica can do it, or this one the next time, where its keys can be read again.
 */
export const assertHeld = async (unit: Unit, keys: Keyring, keyring: CurrentKeyring): Promise<void> => {
  const { state } = await unit.load(keyringDecider, "keyring");
  if (state.status === "holding" && state.terms.includes(keys.activeTerm)) return;
  if (state.status === "holding") keyring.catchUp(state.terms);
  throw new AppError("unavailable", `key ${keys.activeTerm} was retired: this process runs with a former AUTH_ENCRYPTION_SECRET, start it with the present one`);
};
