import { Secret } from "@mcp-auth-proxy/crypto";
import { openPostgresStore } from "@mcp-auth-proxy/event-store";
import { waitFor } from "@mcp-auth-proxy/testing";
import { launchPostgres } from "@mcp-auth-proxy/testing/servers";
import { expect, it } from "vitest";
import { refresherStore } from "../src/index.ts";
import { startTokenEndpoint } from "./support/token-endpoint.ts";
import { resource, startWorld, type Owner } from "./support/world.ts";

it("replicas on one PostgreSQL database refresh everybody's tokens, each once (B05)", async () => {
  await using postgres = await launchPostgres();
  await using idp = await startTokenEndpoint();
  const url = Secret.of(await postgres.createDatabase());
  await using world = await startWorld(idp, { openStore: (clock) => openPostgresStore({ definition: refresherStore, url, schema: "refresher", clock }), limits: { pollMs: 50 } });
  const stores = await Promise.all([1, 2].map(() => openPostgresStore({ definition: refresherStore, url, schema: "refresher", clock: world.clock })));
  const services = [await world.startReplica(), ...(await Promise.all(stores.map((store) => world.startReplica({ store }))))];
  const people: readonly Owner[] = Array.from({ length: 24 }, (_, at) => ({ subjectId: `person-${at}`, resource, provider: "idp" }));
  for (const person of people) await world.connect(person, idp.signIn());
  for (const person of people) await world.untilDue(person);
  // Some are waited for at the same moment as they become due.
  const asked = people.slice(0, 8).flatMap((person) => Array.from({ length: 10 }, () => world.refreshNow(person, 1)));
  expect(new Set(await Promise.all(asked))).toEqual(new Set([2]));
  await waitFor("everybody's tokens", async () => (await Promise.all(people.map((person) => world.status(person)))).every((status) => status?.generation === 2));
  expect([idp.requests.length, idp.replays]).toEqual([people.length, 0]);
  await Promise.all(services.map((service) => service.stop(5_000)));
  await Promise.all(stores.map((store) => store.close()));
});
