import { argon2, type Argon2Algorithm } from "node:crypto";
import { AppError, err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { constantTimeEqual, type Secret } from "@mcp-auth-proxy/crypto";
import { compare } from "bcryptjs";
import type { OwnerPassword } from "../config.ts";

/** Says whether a text is the password. */
export type PasswordCheck = (candidate: Secret<string>) => Promise<boolean>;

/** `$argon2id$v=19$m=65536,t=3,p=4$<salt>$<hash>`, base64 without padding (the PHC string format). */
const phcShape = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
const bcryptShape = /^\$2[aby]\$(0[4-9]|1\d)\$[./A-Za-z0-9]{53}$/;
/** bcrypt reads no further: a longer text would count as right with any ending. */
const bcryptBytes = 72;
/** Above these a single sign-in would take the machine down. */
const most = { memoryKiB: 1_048_576, passes: 64, parallelism: 16 } as const;

const argon2id = (parameters: { message: string; nonce: Buffer; parallelism: number; tagLength: number; memory: number; passes: number }): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const algorithm: Argon2Algorithm = "argon2id";
    argon2(algorithm, parameters, (error, tag) => (error === null ? resolve(tag) : reject(new AppError("internal", "argon2 failed", error))));
  });

const argon2Check = (hash: string): Result<PasswordCheck, "hash_malformed" | "hash_too_costly"> => {
  const [, memoryText, passesText, parallelismText, salt = "", expectedText = ""] = phcShape.exec(hash) ?? [];
  if (memoryText === undefined) return err("hash_malformed");
  const [memory, passes, parallelism] = [Number(memoryText), Number(passesText), Number(parallelismText)];
  if (passes < 1 || parallelism < 1 || memory < 8 * parallelism) return err("hash_malformed");
  if (memory > most.memoryKiB || passes > most.passes || parallelism > most.parallelism) return err("hash_too_costly");
  const nonce = Buffer.from(salt, "base64");
  const expected = Buffer.from(expectedText, "base64");
  return ok(async (candidate) =>
    constantTimeEqual(await argon2id({ message: candidate.reveal(), nonce, parallelism, tagLength: expected.length, memory, passes }), expected),
  );
};

/** Reads the configured password once; a hash that nobody could ever match is found at start and not at the first sign-in. */
export const passwordCheck = ({ kind, value }: OwnerPassword): Result<PasswordCheck, "hash_malformed" | "hash_too_costly"> => {
  const text = value.reveal();
  if (kind === "plain") return ok(async (candidate) => constantTimeEqual(candidate.reveal(), text));
  if (!bcryptShape.test(text)) return argon2Check(text);
  return ok(async (candidate) => {
    const password = candidate.reveal();
    return Buffer.byteLength(password, "utf8") <= bcryptBytes && compare(password, text);
  });
};
