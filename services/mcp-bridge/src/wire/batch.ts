import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { type Envelope, readEnvelope } from "./envelope.ts";
import { JsonScanError, JsonScanner } from "./json-scan.ts";

export interface BatchedMessage {
  readonly envelope: Envelope;
  readonly bytes: Buffer;
}

/**
 * The messages of a batch (JSON-RPC 2.0 section 6, MCP 2025-03-26), each as the bytes it came in. `initialize` has no
 * place in one (2025-03-26, lifecycle). One message that is none spoils all: nothing of it has happened then.
 */
export const readBatch = (bytes: Buffer, most: number): Result<readonly BatchedMessage[], "invalid"> => {
  const messages: BatchedMessage[] = [];
  const scanner = new JsonScanner(bytes);
  try {
    let sound = true;
    scanner.array(() => {
      const { start, end } = scanner.skip();
      if (!sound || messages.length >= most) {
        sound = false;
        return;
      }
      const part = bytes.subarray(start, end);
      const read = readEnvelope(part);
      if (read.ok && isBatchable(read.value)) messages.push({ envelope: read.value, bytes: part });
      else sound = false;
    });
    scanner.end();
    return sound && messages.length > 0 ? ok(messages) : err("invalid");
  } catch (fault) {
    if (fault instanceof JsonScanError) return err("invalid");
    throw fault;
  }
};

const isBatchable = (envelope: Envelope): boolean =>
  envelope.kind === "response" || (envelope.statedVersion === undefined && envelope.method !== "initialize");
