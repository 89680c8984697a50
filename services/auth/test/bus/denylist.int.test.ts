import { authV1 } from "@mcp-auth-proxy/contracts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { clientId, grantId, subjectId, authorizationId } from "../../src/domain/ids.ts";
import { grantDecider, type GrantEvent } from "../../src/domain/grant.ts";
import { startAuth, resource, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
beforeEach(async () => {
  auth = await startAuth();
});
afterEach(() => auth.stop());

const terms = { subjectId: subjectId("subject"), clientId: clientId("client"), resource, scope: "mcp-access" };

/** Grants with the longest ids that the contract allows, issued and ended. */
const revoke = (count: number, until: number): Promise<unknown> =>
  auth.store.transact(async (transaction) => {
    const now = auth.clock.now();
    for (let number = 0; number < count; number += 1) {
      const id = grantId(`${String(number).padStart(6, "0")}${"g".repeat(180)}`);
      const events: readonly GrantEvent[] = [
        { type: "GrantIssued", data: { ...terms, grantId: id, authorizationId: authorizationId("a"), accessTokenExpiresAt: until, issuedAt: now } },
        { type: "GrantRevoked", data: { grantId: id, subjectId: terms.subjectId, clientId: terms.clientId, reason: "operator", revokedAt: now, accessTokensEndAt: until } },
      ];
      await transaction.append(grantDecider.streamId(id), 0, events, { meta: { correlationId: "c", actor: "operator" }, at: now });
    }
  });

it("tells ten thousand denied grants page by page, each once, and where the log was before the first page", async () => {
  await revoke(10_000, auth.clock.now() + 1_000);
  const head = await auth.store.head();
  const first = await auth.bridge.ask(authV1.denylist, {});
  const ids = first.entries.map(({ id }) => id);
  let pages = 1;
  for (let { next } = first; next !== undefined; pages += 1) {
    const page: typeof first = await auth.bridge.ask(authV1.denylist, { after: next });
    ids.push(...page.entries.map(({ id }) => id));
    next = page.next;
  }
  expect([pages, ids.length, new Set(ids).size]).toEqual([5, 10_000, 10_000]);
  expect(first.at).toEqual(head);
  auth.clock.advance(1_000);
  expect(await auth.bridge.ask(authV1.denylist, {})).toMatchObject({ entries: [] });
});

it("says that a page that is exactly full is the last", async () => {
  await revoke(authV1.denylistPageSize, auth.clock.now() + 1_000);
  const page = await auth.bridge.ask(authV1.denylist, {});
  expect([page.entries.length, page.next]).toEqual([authV1.denylistPageSize, undefined]);
});
