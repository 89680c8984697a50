import type { InlineProjection } from "@mcp-auth-proxy/event-store";
import { attemptDecider } from "../domain/attempt.ts";
import type { AttemptState } from "../domain/attempt-state.ts";
import { isAttemptEvent } from "./event-of.ts";
import type { DueRow, RefresherSql } from "./tables.ts";

/** How long after the end of an attempt nobody takes it over: whoever ran it may be slow to notice. */
export const takeoverMarginMs = 5_000;

const dueAtOf = (state: AttemptState): number | null => {
  switch (state.status) {
    case "none":
    case "ended":
      return null;
    case "waiting":
      return state.dueAt === undefined ? null : Math.max(state.dueAt, state.notBefore);
    case "running":
      return state.endsAt + takeoverMarginMs;
    case "ending":
      return 0;
    default:
      return state satisfies never;
  }
};

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this is the codec: only this projection writes the column
export const stateOfRow = (row: Pick<DueRow, "state"> | undefined): AttemptState => (row === undefined ? attemptDecider.initialState : (JSON.parse(row.state) as AttemptState));

/** `rm_due`: the state of every credential here, and when somebody has to look at it. */
export const dueProjection: InlineProjection = {
  name: "due",
  tables: ["rm_due"],
  apply: async (event, sql: RefresherSql) => {
    if (!isAttemptEvent(event)) return;
    const { credentialId } = event.data;
    const before = await sql.selectFrom("rm_due").select(["state", "provider"]).where("credential_id", "=", credentialId).executeTakeFirst();
    const state = attemptDecider.evolve(stateOfRow(before), event);
    const provider = "provider" in event.data ? event.data.provider : (before?.provider ?? "");
    const row = { provider, status: state.status, due_at: dueAtOf(state), state: JSON.stringify(state) };
    await sql
      .insertInto("rm_due")
      .values({ credential_id: credentialId, ...row })
      .onConflict((conflict) => conflict.column("credential_id").doUpdateSet(row))
      .execute();
  },
};

export interface DueCredential {
  readonly credentialId: string;
  readonly dueAt: number;
  readonly state: AttemptState;
}

/**
 * A page of what is due, the longest due first, after the place of the last one that was read. Attempts only at `providers`;
 * what was begun is ended whatever the configuration says by now.
 */
export const dueNow = async (
  sql: RefresherSql,
  page: { readonly now: number; readonly providers: readonly string[]; readonly limit: number; readonly after?: Pick<DueCredential, "dueAt" | "credentialId"> | undefined },
): Promise<readonly DueCredential[]> => {
  const { after } = page;
  const due = sql
    .selectFrom("rm_due")
    .select(["credential_id", "due_at", "state"])
    .where("due_at", "<=", page.now)
    .where((eb) => (page.providers.length === 0 ? eb("status", "<>", "waiting") : eb.or([eb("status", "<>", "waiting"), eb("provider", "in", page.providers)])));
  const rest =
    after === undefined
      ? due
      : due.where((eb) => eb.or([eb("due_at", ">", after.dueAt), eb.and([eb("due_at", "=", after.dueAt), eb("credential_id", ">", after.credentialId)])]));
  const rows = await rest.orderBy("due_at").orderBy("credential_id").limit(page.limit).execute();
  return rows.map((row) => ({ credentialId: row.credential_id, dueAt: row.due_at ?? 0, state: stateOfRow(row) }));
};

export const stateOf = async (sql: RefresherSql, credentialId: string): Promise<AttemptState> =>
  stateOfRow(await sql.selectFrom("rm_due").select("state").where("credential_id", "=", credentialId).executeTakeFirst());
