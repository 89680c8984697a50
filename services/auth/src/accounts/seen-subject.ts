import { AppError, type SubjectId } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import type { Unit } from "@mcp-auth-proxy/event-store";
import type { AuthKeys } from "../custody/keys.ts";
import { findSubject, type PersonalData, saveSubject, updateSubject } from "../custody/subjects.ts";
import { subjectId } from "../domain/ids.ts";
import { subjectDecider } from "../domain/subject.ts";
import type { UpstreamIdentity } from "../upstream/upstream-client.ts";

const seen = async (unit: Unit, id: SubjectId): Promise<SubjectId> => {
  const answered = await unit.execute(subjectDecider, id, { type: "SeeSubject", subjectId: id, now: unit.now });
  if (!answered.ok) throw new AppError("conflict", `subject: ${answered.error}`);
  return id;
};

const create = async (keys: AuthKeys, unit: Unit, login: string, data: PersonalData): Promise<SubjectId> => {
  const id = subjectId(uuidv7(unit.now));
  await saveSubject(unit.sql, keys, { subjectId: id, login, ...data, now: unit.now });
  return id;
};

/** The person behind a login that has just proven itself; known from its first time on. */
export const seenSubject = async (keys: AuthKeys, unit: Unit, login: string): Promise<SubjectId> =>
  seen(unit, (await findSubject(unit.sql, keys, login)) ?? (await create(keys, unit, login, { name: login })));

/** An account at a provider as a login. A text that no other way of signing in can make. */
export const providerLogin = ({ account }: UpstreamIdentity): string => `provider:${account}`;

/** The person of an account at a provider, with what the provider says of them now. */
export const seenIdentity = async (keys: AuthKeys, unit: Unit, identity: UpstreamIdentity): Promise<SubjectId> => {
  const { name, facts } = identity;
  const known = await findSubject(unit.sql, keys, providerLogin(identity));
  if (known === undefined) return seen(unit, await create(keys, unit, providerLogin(identity), { name, facts }));
  await updateSubject(unit.sql, keys, known, { name, facts });
  return seen(unit, known);
};
