/** Why a text is not a JSON text (RFC 8259) that we take. Never holds any of the text. */
export class JsonScanError extends Error {
  override readonly name = "JsonScanError";
}
