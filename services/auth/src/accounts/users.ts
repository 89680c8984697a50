import type { authV1 } from "@mcp-auth-proxy/contracts";
import type { Static } from "typebox";
import type { AuthKeys } from "../custody/keys.ts";
import { loginOf } from "../custody/subjects.ts";
import { subjectId } from "../domain/ids.ts";
import type { AuthSql } from "../read-models/tables.ts";
import { sessionsOf } from "./sessions.ts";

type Users = Static<typeof authV1.users.response>;

/** Grants that still give access to something. */
const livingGrants = async (sql: AuthSql, id: string, now: number): Promise<number> => {
  const row = await sql
    .selectFrom("rm_grants")
    .select((eb) => eb.fn.countAll<number>().as("grants"))
    .where("subject_id", "=", id)
    .where("status", "=", "active")
    .where((eb) => eb.or([eb("refresh_expires_at", ">", now), eb("access_tokens_end_at", ">", now)]))
    .executeTakeFirstOrThrow();
  return row.grants;
};

/** The people who signed in, the newest first. One whose key was shredded has no login any more. */
export const listUsers = async (sql: AuthSql, keys: AuthKeys, { limit, now }: { readonly limit: number; readonly now: number }): Promise<Users> => {
  const rows = await sql.selectFrom("cx_subjects").select(["subject_id", "created_at"]).orderBy("created_at", "desc").orderBy("subject_id").limit(limit).execute();
  const { total } = await sql.selectFrom("cx_subjects").select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const users: Users["users"] = [];
  for (const { subject_id: id, created_at: firstSeenAt } of rows) {
    const login = await loginOf(sql, keys, subjectId(id));
    const sessions = (await sessionsOf(sql, id, now)).length;
    users.push({ subjectId: id, firstSeenAt, sessions, grants: await livingGrants(sql, id, now), ...(login === undefined ? {} : { login }) });
  }
  return { users, total };
};
