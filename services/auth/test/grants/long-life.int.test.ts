import { createCommandHandler, openSqliteStore } from "@mcp-auth-proxy/event-store";
import { countReads } from "@mcp-auth-proxy/event-store/testing";
import { createFakeClock } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { grantDecider, type CurrentRefreshToken } from "../../src/domain/grant.ts";
import { authorizationId, clientId, grantId, subjectId } from "../../src/domain/ids.ts";
import { authStore } from "../../src/store.ts";
import { resource } from "../running-auth.ts";

const hourMs = 3_600_000;
const rotations = 365 * 24;
const id = grantId("grant-of-a-year");
const client = clientId("client");
const meta = { correlationId: "c", actor: client };

it("a grant that was refreshed every hour for a year is loaded, and rotated, from a hundred events at most", async () => {
  const clock = createFakeClock();
  const reads = countReads(await openSqliteStore({ definition: authStore, file: ":memory:", clock }));
  const handle = createCommandHandler({ store: reads.store, clock });
  const token = (generation: number): CurrentRefreshToken => ({ fingerprint: `token-${generation}`, generation, expiresAt: clock.now() + 30 * 24 * hourMs });
  await handle({ name: "issue", meta }, (unit) =>
    unit.execute(grantDecider, id, {
      type: "IssueGrant",
      grantId: id,
      basis: { authorizationId: authorizationId("a") },
      terms: { subjectId: subjectId("s"), clientId: client, resource, scope: "mcp-access" },
      refresh: token(1),
      accessTokenExpiresAt: clock.now() + hourMs,
      now: clock.now(),
    }),
  );
  let most = 0;
  for (let generation = 1; generation <= rotations; generation += 1) {
    clock.advance(hourMs);
    const rotated = await handle({ name: "rotate", meta }, (unit) =>
      unit.execute(grantDecider, id, {
        type: "RotateRefreshToken",
        presented: { clientId: client, generation, fingerprint: `token-${generation}` },
        successor: token(generation + 1),
        accessTokenExpiresAt: clock.now() + hourMs,
        now: clock.now(),
      }),
    );
    if (!rotated.ok) throw new Error(rotated.error);
    most = Math.max(most, reads.take());
  }
  expect(most).toBeLessThanOrEqual(100);
  const look = () => handle({ name: "look", meta }, (unit) => unit.load(grantDecider, id));
  const loaded = await look();
  expect(loaded.version).toBe(rotations + 1);
  await reads.store.rebuild();
  reads.take();
  expect(await look()).toEqual(loaded);
  expect(reads.take()).toBe(rotations + 1);
  await reads.store.close();
});
