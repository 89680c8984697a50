import { argon2Sync } from "node:crypto";
import { Secret } from "@mcp-auth-proxy/crypto";
import { hashSync } from "bcryptjs";
import { describe, expect, it } from "vitest";
import { passwordCheck } from "../../src/custody/owner-password.ts";

const unpadded = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
const phc = (password: string, { m = 256, t = 2, p = 1, length = 32 } = {}): string => {
  const nonce = Buffer.from("0123456789abcdef");
  const tag = argon2Sync("argon2id", { message: password, nonce, parallelism: p, tagLength: length, memory: m, passes: t });
  return `$argon2id$v=19$m=${m},t=${t},p=${p}$${unpadded(nonce)}$${unpadded(tag)}`;
};
const answers = async (kind: "plain" | "hash", configured: string, candidate: string): Promise<boolean> => {
  const check = passwordCheck({ kind, value: Secret.of(configured) });
  if (!check.ok) throw new Error(check.error);
  return check.value(Secret.of(candidate));
};
const problem = (hash: string) => {
  const check = passwordCheck({ kind: "hash", value: Secret.of(hash) });
  return check.ok ? undefined : check.error;
};

describe("the owner's password", () => {
  it.each([
    { kind: "plain", configured: "pässwort 1" },
    { kind: "hash", configured: phc("pässwort 1") },
    { kind: "hash", configured: phc("pässwort 1", { m: 512, t: 1, p: 2, length: 16 }) },
    { kind: "hash", configured: hashSync("pässwort 1", 4) },
  ] as const)("is right or wrong ($kind)", async ({ kind, configured }) => {
    expect(await answers(kind, configured, "pässwort 1")).toBe(true);
    for (const wrong of ["", "pässwort", "pässwort 1 ", "Pässwort 1", configured.slice(1)]) expect(await answers(kind, configured, wrong), wrong).toBe(false);
  });

  it("agrees with another implementation of argon2id", async () => {
    // Made with the reference command line: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -e
    const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    expect(await answers("hash", reference, "password")).toBe(true);
  });

  it("is never right beyond the 72 bytes that bcrypt reads", async () => {
    const long = "x".repeat(72);
    expect(await answers("hash", hashSync(long, 4), long)).toBe(true);
    expect(await answers("hash", hashSync(long, 4), `${long}y`)).toBe(false);
  });

  it.each(["", "plain text", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "$2b$03$abc", "$argon2id$v=19$m=1,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"])(
    "refuses %s as a hash",
    (hash) => expect(problem(hash)).toBe("hash_malformed"),
  );

  it("refuses a hash that would take the machine down", () => {
    expect(problem("$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")).toBe("hash_too_costly");
  });
});
