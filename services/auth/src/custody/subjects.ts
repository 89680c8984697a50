import type { SubjectId } from "@mcp-auth-proxy/contracts";
import { decrypt, encrypt, fingerprint, randomBytes } from "@mcp-auth-proxy/crypto";
import { subjectId } from "../domain/ids.ts";
import type { AuthSql } from "../read-models/tables.ts";
import type { AuthKeys } from "./keys.ts";

const fingerprintOf = (keys: AuthKeys, login: string): string => fingerprint(keys.pepper, "login", login);

export const findSubject = async (sql: AuthSql, keys: AuthKeys, login: string): Promise<SubjectId | undefined> => {
  const row = await sql.selectFrom("cx_subjects").select("subject_id").where("login_fingerprint", "=", fingerprintOf(keys, login)).executeTakeFirst();
  return row === undefined ? undefined : subjectId(row.subject_id);
};

export const allSubjects = async (sql: AuthSql): Promise<readonly string[]> => {
  const rows = await sql.selectFrom("cx_subjects").select("subject_id").execute();
  return rows.map((row) => row.subject_id);
};

/** A login is kept under a key of its own, and that key under auth's: dropping the key row forgets the person, in backups too. */
export const saveSubject = async (
  sql: AuthSql,
  keys: AuthKeys,
  person: { readonly subjectId: SubjectId; readonly login: string; readonly now: number },
): Promise<void> => {
  const own = randomBytes(32);
  await sql
    .insertInto("cx_subject_keys")
    .values({ subject_id: person.subjectId, wrapped_key: encrypt(keys.subjectKey.reveal(), own, `subject-key/${person.subjectId}`) })
    .execute();
  await sql
    .insertInto("cx_subjects")
    .values({
      subject_id: person.subjectId,
      login_fingerprint: fingerprintOf(keys, person.login),
      login_ciphertext: encrypt(own, Buffer.from(person.login, "utf8"), `login/${person.subjectId}`),
      created_at: person.now,
    })
    .execute();
};

/** Undefined when there is no such person, or their key was shredded. */
export const loginOf = async (sql: AuthSql, keys: AuthKeys, id: SubjectId): Promise<string | undefined> => {
  const row = await sql
    .selectFrom("cx_subjects")
    .innerJoin("cx_subject_keys", "cx_subject_keys.subject_id", "cx_subjects.subject_id")
    .select(["login_ciphertext", "wrapped_key"])
    .where("cx_subjects.subject_id", "=", id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const own = decrypt(keys.subjectKey.reveal(), row.wrapped_key, `subject-key/${id}`);
  return decrypt(own, row.login_ciphertext, `login/${id}`).toString("utf8");
};
