import { AppError } from "@mcp-auth-proxy/contracts";

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The 16 bytes of a lower-case UUID: half the length of its text, inside a token that clients carry around. */
export const uuidToBytes = (uuid: string): Buffer => {
  if (!shape.test(uuid)) throw new AppError("internal", "an id inside a token must be a UUID");
  return Buffer.from(uuid.replaceAll("-", ""), "hex");
};

export const uuidFromBytes = (bytes: Uint8Array): string => {
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
};
