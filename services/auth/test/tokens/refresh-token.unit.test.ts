import { randomBytes, Secret } from "@mcp-auth-proxy/crypto";
import { expect, it } from "vitest";
import { authorizationId, grantId } from "../../src/domain/ids.ts";
import { mintAuthorizationCode, parseAuthorizationCode } from "../../src/tokens/authorization-code.ts";
import { mintRefreshToken, parseRefreshToken } from "../../src/tokens/refresh-token.ts";

const id = "0199f0a1-b2c3-7d4e-8f60-718293a4b5c6";
const pepper = Secret.of(randomBytes(32));
const text = (token: { readonly text: Secret<string> }): string => token.text.reveal();

it("reads back grant, generation and fingerprint of a token that it made", () => {
  const minted = mintRefreshToken(pepper, grantId(id), 4_294_967_295);
  expect(text(minted)).toMatch(/^mcp_rt_[A-Za-z0-9_-]{91}$/);
  expect(parseRefreshToken(pepper, text(minted))).toEqual(minted);
  expect(minted).toMatchObject({ grantId: id, generation: 4_294_967_295 });
});

it("makes two tokens of one generation that have nothing in common but their beginning", () => {
  const [one, two] = [mintRefreshToken(pepper, grantId(id), 1), mintRefreshToken(pepper, grantId(id), 1)];
  expect(one.fingerprint).not.toBe(two.fingerprint);
});

it("knows no token of another pepper", () => {
  expect(parseRefreshToken(Secret.of(randomBytes(32)), text(mintRefreshToken(pepper, grantId(id), 1)))).toBeUndefined();
});

it("knows no token of which a single bit was changed", () => {
  const bytes = Buffer.from(text(mintRefreshToken(pepper, grantId(id), 1)).slice(7), "base64url");
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const altered = Buffer.from(bytes);
    altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(parseRefreshToken(pepper, `mcp_rt_${altered.toString("base64url")}`), `bit ${bit}`).toBeUndefined();
  }
});

it("takes one spelling of a token only", () => {
  const good = text(mintRefreshToken(pepper, grantId(id), 1));
  const last = good.at(-1) ?? "";
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // The last character carries two bits that decoders ignore.
  const twin = alphabet[alphabet.indexOf(last) ^ 1] ?? "";
  for (const other of [good.slice(0, -1) + twin, `${good}=`, `${good} `, ` ${good}`, good.toUpperCase(), good.replace("mcp_rt_", "")]) {
    expect(parseRefreshToken(pepper, other), other).toBeUndefined();
  }
});

it("reads back the authorization of a code, and only of a code", () => {
  const minted = mintAuthorizationCode(pepper, authorizationId(id));
  const code = minted.code.reveal();
  expect(code).toMatch(/^mcp_ac_[A-Za-z0-9_-]{64}$/);
  expect(parseAuthorizationCode(pepper, code)).toEqual({ authorizationId: id, fingerprint: minted.fingerprint });
  expect(parseAuthorizationCode(pepper, text(mintRefreshToken(pepper, grantId(id), 1)))).toBeUndefined();
  expect(parseAuthorizationCode(pepper, `${code}A`)).toBeUndefined();
});
