import { AppError } from "@mcp-auth-proxy/contracts";
import type { EventMeta } from "@mcp-auth-proxy/contracts";
import type { Keyring } from "@mcp-auth-proxy/crypto";
import type { CommandHandler } from "@mcp-auth-proxy/event-store";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { keyringDecider } from "../domain/keyring.ts";

/** Puts on record which keys there are from now on. */
export const adoptKeyring = async (handle: CommandHandler, keyring: Keyring, meta: EventMeta, log: Log): Promise<void> => {
  const command = { type: "AdoptKeyring", terms: keyring.terms, activeTerm: keyring.activeTerm } as const;
  const outcome = await handle({ name: "adopt-keyring", meta }, (unit) => unit.execute(keyringDecider, "keyring", command));
  if (!outcome.ok) throw new AppError("internal", `the keyring was not adopted: ${outcome.error}`);
  for (const { type, data } of outcome.value.events) log.info({ event: type, term: data.term }, "the keyring changed");
};
