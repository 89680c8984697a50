import type { SubjectId } from "@mcp-auth-proxy/contracts";
import { fingerprint, randomToken, Secret, uuidv7 } from "@mcp-auth-proxy/crypto";
import type { SessionConfig } from "../config.ts";
import type { AuthKeys } from "../custody/keys.ts";
import { subjectId } from "../domain/ids.ts";
import type { AuthSql, AuthTables } from "../read-models/tables.ts";

/** A browser in which somebody is signed in. `sessionId` names it on pages and opens nothing. */
export interface BrowserSession {
  readonly sessionId: string;
  readonly subjectId: SubjectId;
  /** Ours, from a fixed list of words; empty for a browser that is none of them. */
  readonly browser: string;
  readonly startedAt: number;
  readonly lastSeenAt: number;
  /** It ends then, however much it is used. */
  readonly endsAt: number;
}

export type SessionTimes = Pick<SessionConfig, "idleMs" | "absoluteMs">;

/** More would be a leak and no person: the one that was used least recently ends. */
const mostPerSubject = 50;

const rowKey = (keys: AuthKeys, cookie: string): string => fingerprint(keys.formKey, "session-cookie", cookie);

const columns = ["session_id", "subject_id", "browser", "started_at", "last_seen_at", "ends_at"] as const;

type Row = Pick<AuthTables["tt_sessions"], (typeof columns)[number]>;

const fromRow = (row: Row): BrowserSession => ({
  sessionId: row.session_id,
  subjectId: subjectId(row.subject_id),
  browser: row.browser,
  startedAt: row.started_at,
  lastSeenAt: row.last_seen_at,
  endsAt: row.ends_at,
});

/** Living sessions of a person, the newest use first. */
export const sessionsOf = async (sql: AuthSql, subject: string, now: number): Promise<readonly BrowserSession[]> => {
  const rows = await sql.selectFrom("tt_sessions").select(columns).where("subject_id", "=", subject).where("expires_at", ">", now).orderBy("last_seen_at", "desc").orderBy("session_id").execute();
  return rows.map(fromRow);
};

/** A session as it begins: its cookie, and the name that opens nothing. */
export interface StartedSession {
  readonly cookie: Secret<string>;
  readonly sessionId: string;
}

/** Answers with the cookie, which is new at each sign-in: one that was planted before is worth nothing after it. */
export const startSession = async (
  sql: AuthSql,
  keys: AuthKeys,
  started: { readonly subjectId: SubjectId; readonly browser: string; readonly now: number; readonly times: SessionTimes },
): Promise<StartedSession> => {
  const { now, times } = started;
  const surplus = (await sessionsOf(sql, started.subjectId, now)).slice(mostPerSubject - 1).map(({ sessionId }) => sessionId);
  if (surplus.length > 0) await sql.deleteFrom("tt_sessions").where("session_id", "in", surplus).execute();
  const cookie = randomToken(32);
  const sessionId = uuidv7(now);
  await sql
    .insertInto("tt_sessions")
    .values({
      id_fingerprint: rowKey(keys, cookie),
      session_id: sessionId,
      subject_id: started.subjectId,
      browser: started.browser,
      started_at: now,
      last_seen_at: now,
      ends_at: now + times.absoluteMs,
      expires_at: now + Math.min(times.idleMs, times.absoluteMs),
    })
    .execute();
  return { cookie: Secret.of(cookie), sessionId };
};

/** The session of a cookie, unless it was idle for too long, has reached its end, or was ended. */
export const findSession = async (sql: AuthSql, keys: AuthKeys, cookie: string, now: number): Promise<BrowserSession | undefined> => {
  if (cookie === "") return undefined;
  const row = await sql.selectFrom("tt_sessions").select(columns).where("id_fingerprint", "=", rowKey(keys, cookie)).where("expires_at", ">", now).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
};

/** Whether a session that was known before still lives: a visit at a provider comes back without its cookie. */
export const isLivingSession = async (sql: AuthSql, of: { readonly subjectId: string; readonly sessionId: string }, now: number): Promise<boolean> => {
  const row = await sql.selectFrom("tt_sessions").select("session_id").where("session_id", "=", of.sessionId).where("subject_id", "=", of.subjectId).where("expires_at", ">", now).executeTakeFirst();
  return row !== undefined;
};

/** It was used: its idle time starts anew. */
export const touchSession = async (sql: AuthSql, { sessionId, endsAt }: BrowserSession, now: number, { idleMs }: SessionTimes): Promise<void> => {
  await sql.updateTable("tt_sessions").set({ last_seen_at: now, expires_at: Math.min(now + idleMs, endsAt) }).where("session_id", "=", sessionId).execute();
};

/** Ends the session of a cookie, whosoever it is: it is about to be replaced. */
export const dropSession = async (sql: AuthSql, keys: AuthKeys, cookie: string): Promise<void> => {
  await sql.deleteFrom("tt_sessions").where("id_fingerprint", "=", rowKey(keys, cookie)).execute();
};

/** Ends one session of this person; nothing where it is another's. */
export const endSession = async (sql: AuthSql, subject: string, sessionId: string): Promise<void> => {
  await sql.deleteFrom("tt_sessions").where("subject_id", "=", subject).where("session_id", "=", sessionId).execute();
};

/** Ends every session of this person, but one if it is named. */
export const endSessions = async (sql: AuthSql, subject: string, exceptSessionId?: string): Promise<void> => {
  const all = sql.deleteFrom("tt_sessions").where("subject_id", "=", subject);
  await (exceptSessionId === undefined ? all : all.where("session_id", "!=", exceptSessionId)).execute();
};
