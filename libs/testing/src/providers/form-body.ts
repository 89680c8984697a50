import type { IncomingMessage } from "node:http";
import { isObject } from "../json.ts";

const bodyLimit = 64 * 1024;

/** The text of a request's body; fails beyond 64 KiB. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > bodyLimit) throw new Error("the body is larger than a provider reads");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The parameters of a request's body, sent as a form or as a JSON object. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const text = await readBody(request);
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) return new URLSearchParams(text);
  const value: unknown = text === "" ? {} : JSON.parse(text);
  const form = new URLSearchParams();
  for (const [name, given] of Object.entries(isObject(value) ? value : {})) if (typeof given === "string") form.append(name, given);
  return form;
}
