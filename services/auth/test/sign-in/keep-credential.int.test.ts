import { createInProcessBus, createMessenger } from "@mcp-auth-proxy/bus";
import { vaultV1 } from "@mcp-auth-proxy/contracts";
import { createSealingKeyPair, credentialIdOf, Secret } from "@mcp-auth-proxy/crypto";
import { createCommandHandler, openSqliteStore } from "@mcp-auth-proxy/event-store";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { createFakeClock } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { unlink } from "../../src/accounts/connections.ts";
import { subjectId } from "../../src/domain/ids.ts";
import { subjectDecider } from "../../src/domain/subject.ts";
import { authStore } from "../../src/index.ts";
import { keepCredential } from "../../src/sign-in/keep-credential.ts";

const ada = subjectId("0198f0a0-0000-7000-8000-000000000001");
const owner = { subjectId: ada, resource: "https://mcp.example.com/mcp", provider: "google" };
const meta = { correlationId: "test", actor: "test" };

/** The vault's end of the bus: it takes what it is given, after `meanwhile`, and notes what it has to forget. */
const given = async (meanwhile: () => Promise<void>) => {
  const clock = createFakeClock();
  const log = createLog({ level: "error", format: "json", destination: { write: () => true } });
  const bus = createInProcessBus({ clock });
  const store = await openSqliteStore({ definition: authStore, file: ":memory:", clock });
  const handle = createCommandHandler({ store, clock });
  const key = await createSealingKeyPair();
  const forgotten: string[] = [];
  const vault = createMessenger({ bus, service: "vault", log, tracer: noTracer });
  vault.serve(vaultV1.sealingKeys, () => Promise.resolve({ keys: [key.publicKey] }));
  vault.serve(vaultV1.storeCredential, async ({ credentialId, subjectId: id, resource, provider }) => {
    await meanwhile();
    return { facts: { credentialId, subjectId: id, resource, provider, generation: 1, scope: "", refreshable: true, storedAt: 0 } };
  });
  vault.serve(vaultV1.shredCredential, ({ credentialId }) => {
    forgotten.push(credentialId);
    return Promise.resolve({ shredded: true });
  });
  await handle({ name: "see", meta }, (unit) => unit.execute(subjectDecider, ada, { type: "SeeSubject", subjectId: ada, now: unit.now }));
  const messenger = createMessenger({ bus, service: "auth", log, tracer: noTracer });
  const keep = () => keepCredential({ handle, messenger, clock, log }, { ...owner, scope: "openid", tokenResponse: Secret.of("{}"), receivedAt: clock.now(), correlationId: "test" });
  const disconnect = () => handle({ name: "disconnect", meta }, (unit) => unlink(unit, ada, { reason: "person" }));
  return { keep, disconnect, forgotten };
};

it("keeps what a provider gave", async () => {
  const { keep, forgotten } = await given(() => Promise.resolve());
  expect([await keep(), forgotten]).toEqual([{ renews: true }, []]);
});

it("has the vault forget what came for a connection that was ended before it arrived there", async () => {
  let meanwhile = (): Promise<void> => Promise.resolve();
  const its = await given(() => meanwhile());
  meanwhile = its.disconnect;
  expect(await its.keep()).toBeUndefined();
  expect(its.forgotten).toEqual([credentialIdOf(owner)]);
  meanwhile = () => Promise.resolve();
  expect(await its.keep()).toEqual({ renews: true });
});
