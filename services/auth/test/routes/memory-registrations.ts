import { err, ok, type Clock } from "@mcp-auth-proxy/contracts";
import type { Registrations, UnconfirmedRegistration } from "../../src/ports/registrations.ts";

/** The port over a list, with the duties that its comments state. */
export const createMemoryRegistrations = (clock: Clock): Registrations & { readonly saved: readonly UnconfirmedRegistration[] } => {
  const saved: UnconfirmedRegistration[] = [];
  const living = (): readonly UnconfirmedRegistration[] => saved.filter(({ expiresAt }) => expiresAt > clock.now());
  return {
    saved,
    save: async (registration, quota) => {
      if (living().length >= quota.inAll) return err("total_quota");
      if (living().filter(({ address }) => address === registration.address).length >= quota.perAddress) return err("address_quota");
      saved.push(registration);
      return ok(undefined);
    },
    find: async (clientId) => living().find((registration) => registration.clientId === clientId),
  };
};
