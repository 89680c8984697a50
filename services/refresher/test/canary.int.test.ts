import { CanaryWatch, waitFor } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import type { Bus } from "@mcp-auth-proxy/bus";
import { startTokenEndpoint } from "./support/token-endpoint.ts";
import { ada, bob, startWorld } from "./support/world.ts";

/** The same bus, with every payload also written down. */
const recording = (bus: Bus, traffic: string[]): Bus => {
  const note = (payload: Uint8Array): void => {
    traffic.push(Buffer.from(payload).toString("latin1"));
  };
  return {
    ...bus,
    request: async (subject, payload, options) => {
      note(payload);
      const reply = await bus.request(subject, payload, options);
      note(reply.payload);
      return reply;
    },
    emit: (subject, messageId, payload, headers) => {
      note(payload);
      return bus.emit(subject, messageId, payload, headers);
    },
  };
};

it("no token and no secret of ours is in the log at debug level, on the bus or in the database, whatever happens (D01)", async () => {
  const canary = new CanaryWatch();
  canary.watch("client secret", "s3cret of ours");
  await using idp = await startTokenEndpoint();
  await using world = await startWorld(idp);
  const traffic: string[] = [];
  await world.startReplica({ bus: recording(world.bus, traffic) });
  const grants = [idp.signIn(), idp.signIn()];
  for (const { refreshToken } of grants) canary.watch("refresh token of the sign-in", refreshToken);
  const rotated = canary.plant("rotated-refresh-token");
  const access = canary.plant("access-token");
  const described = canary.plant("error-description");
  for (const [at, owner] of [ada, bob].entries()) await world.connect(owner, grants[at] ?? idp.signIn());
  idp.failNext({ kind: "status", status: 400, body: JSON.stringify({ error: described, error_description: grants[0]?.refreshToken }) });
  idp.failNext({ kind: "status", status: 500, body: described });
  await world.untilDue(ada);
  await world.untilDue(bob);
  const failed = async (owner: typeof ada): Promise<boolean> => (await world.history(owner)).includes("RefreshFailed");
  await waitFor("failures", async () => (await failed(ada)) && (await failed(bob)));
  world.clock.advance(120_000);
  idp.more = { access_token: access, refresh_token: rotated };
  await waitFor("generation 2", async () => (await world.status(ada))?.generation === 2 && (await world.status(bob))?.generation === 2);
  await waitFor("nothing kept", async () => (await world.store.sql.selectFrom("cx_answers").select("attempt_id").execute()).length === 0);
  const sql = world.store.sql;
  const tables = ["es_events", "es_commands", "rm_due", "rm_rotation", "cx_credentials", "tt_claims", "tt_feed_places"];
  const rows = JSON.stringify(await Promise.all(tables.map((table) => sql.selectFrom(table).selectAll().execute())));
  expect(traffic.length).toBeGreaterThan(5);
  expect([...canary.searchText("log", world.logLines.join("\n")), ...canary.searchText("bus", traffic.join("\n")), ...canary.searchText("database", rows)]).toEqual([]);
  // The search itself finds what is there.
  expect(canary.searchText("provider", idp.requests.map(({ form }) => form.toString()).join("\n"))).not.toEqual([]);
});
