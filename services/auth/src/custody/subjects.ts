import type { SubjectId } from "@mcp-auth-proxy/contracts";
import { decrypt, encrypt, fingerprint, randomBytes } from "@mcp-auth-proxy/crypto";
import { subjectId } from "../domain/ids.ts";
import type { AuthSql } from "../read-models/tables.ts";
import type { IdentityFacts } from "../validate/access-rules.ts";
import type { AuthKeys } from "./keys.ts";
import { formatFacts, parseFacts } from "./subject-facts.ts";

/** What is kept of a person, under a key of their own. */
export interface PersonalData {
  /** For pages and operators; it may change, and be another's as well. */
  readonly name: string;
  /** What a provider said at the last sign-in; undefined for whom no provider knows. */
  readonly facts?: IdentityFacts;
}

const loginFingerprint = (keys: AuthKeys, login: string): string => fingerprint(keys.pepper, "login", login);
const nameFingerprint = (keys: AuthKeys, name: string): string => fingerprint(keys.pepper, "name", name);

export const findSubject = async (sql: AuthSql, keys: AuthKeys, login: string): Promise<SubjectId | undefined> => {
  const row = await sql.selectFrom("cx_subjects").select("subject_id").where("login_fingerprint", "=", loginFingerprint(keys, login)).executeTakeFirst();
  return row === undefined ? undefined : subjectId(row.subject_id);
};

/** Everybody whom an operator may mean by this name: several people of several providers can have it. */
export const subjectsNamed = async (sql: AuthSql, keys: AuthKeys, name: string): Promise<readonly string[]> => {
  const rows = await sql
    .selectFrom("cx_subjects")
    .select("subject_id")
    .where((eb) => eb.or([eb("login_fingerprint", "=", loginFingerprint(keys, name)), eb("name_fingerprint", "=", nameFingerprint(keys, name)), eb("subject_id", "=", name)]))
    .execute();
  return rows.map((row) => row.subject_id);
};

export const allSubjects = async (sql: AuthSql): Promise<readonly string[]> => {
  const rows = await sql.selectFrom("cx_subjects").select("subject_id").execute();
  return rows.map((row) => row.subject_id);
};

const columnsOf = (keys: AuthKeys, id: SubjectId, own: Uint8Array, { name, facts }: PersonalData) => ({
  name_fingerprint: nameFingerprint(keys, name),
  login_ciphertext: encrypt(own, Buffer.from(name, "utf8"), `login/${id}`),
  facts_ciphertext: facts === undefined ? null : encrypt(own, formatFacts(facts), `facts/${id}`),
});

/** Kept under a key of its own, and that key under auth's: dropping the key row forgets the person, in backups too. */
export const saveSubject = async (
  sql: AuthSql,
  keys: AuthKeys,
  person: PersonalData & { readonly subjectId: SubjectId; readonly login: string; readonly now: number },
): Promise<void> => {
  const { subjectId: id } = person;
  const own = randomBytes(32);
  await sql
    .insertInto("cx_subject_keys")
    .values({ subject_id: id, wrapped_key: encrypt(keys.subjectKey.reveal(), own, `subject-key/${id}`) })
    .execute();
  await sql
    .insertInto("cx_subjects")
    .values({ subject_id: id, login_fingerprint: loginFingerprint(keys, person.login), ...columnsOf(keys, id, own, person), created_at: person.now })
    .execute();
};

const ownKey = (keys: AuthKeys, id: SubjectId, wrapped: string): Buffer => decrypt(keys.subjectKey.reveal(), wrapped, `subject-key/${id}`);

/** Somebody signed in again, and their provider says what is so now. Nothing where their key was shredded. */
export const updateSubject = async (sql: AuthSql, keys: AuthKeys, id: SubjectId, data: PersonalData): Promise<void> => {
  const row = await sql.selectFrom("cx_subject_keys").select("wrapped_key").where("subject_id", "=", id).executeTakeFirst();
  if (row === undefined) return;
  await sql.updateTable("cx_subjects").set(columnsOf(keys, id, ownKey(keys, id, row.wrapped_key), data)).where("subject_id", "=", id).execute();
};

/** Undefined when there is no such person, or their key was shredded. */
export const personalDataOf = async (sql: AuthSql, keys: AuthKeys, id: SubjectId): Promise<PersonalData | undefined> => {
  const row = await sql
    .selectFrom("cx_subjects")
    .innerJoin("cx_subject_keys", "cx_subject_keys.subject_id", "cx_subjects.subject_id")
    .select(["login_ciphertext", "facts_ciphertext", "wrapped_key"])
    .where("cx_subjects.subject_id", "=", id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const own = ownKey(keys, id, row.wrapped_key);
  const name = decrypt(own, row.login_ciphertext, `login/${id}`).toString("utf8");
  return row.facts_ciphertext === null ? { name } : { name, facts: parseFacts(decrypt(own, row.facts_ciphertext, `facts/${id}`)) };
};

/** Undefined when there is no such person, or their key was shredded. */
export const loginOf = async (sql: AuthSql, keys: AuthKeys, id: SubjectId): Promise<string | undefined> => (await personalDataOf(sql, keys, id))?.name;
