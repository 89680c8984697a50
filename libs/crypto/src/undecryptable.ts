import { AppError } from "@mcp-auth-proxy/contracts";

/**
 * The one error of every failed opening. Always the same text and no cause: which check failed (length, MAC, padding,
 * key) is what a padding or format oracle feeds on.
 */
export const undecryptable = (): AppError => new AppError("undecryptable", "the ciphertext does not open with this key");
