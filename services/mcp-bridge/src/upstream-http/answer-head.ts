import type { IncomingHttpHeaders } from "node:http";
import type { Trouble } from "./trouble.ts";

/** What to do with an answer, as its status and its headers say. */
export type AnswerHead =
  | { readonly kind: "stream" }
  | { readonly kind: "json"; readonly status: number; readonly length: number | undefined }
  /** JSON with an error that may be the server's own to its client; small, and looked at before it goes on. */
  | { readonly kind: "error"; readonly status: number }
  | { readonly kind: "nothing" }
  /** Our way in is not accepted: with another token it might be. */
  | { readonly kind: "unauthorized" }
  | { readonly kind: "trouble"; readonly trouble: Trouble };

const trouble = (kind: Exclude<Trouble["kind"], "account">): AnswerHead => ({ kind: "trouble", trouble: { kind } });

const first = (value: string | string[] | undefined): string => (Array.isArray(value) ? value.join(",") : (value ?? "")).trim().toLowerCase();

export const readAnswerHead = (status: number, headers: IncomingHttpHeaders, { method, session }: { readonly method: string; readonly session: boolean }): AnswerHead => {
  if (status === 401) return { kind: "unauthorized" };
  // Followed, it would take the person's token to wherever somebody wants it.
  if (status >= 300 && status < 400) return trouble("bad-answer");
  if (status === 404 && session) return trouble("session-gone");
  if (status === 405 && method === "GET") return trouble("no-stream");
  if (status === 403) return trouble("refused");
  if (status === 429 || status === 503) return trouble("busy");
  if (status === 202 || status === 204) return { kind: "nothing" };
  if (!["", "identity"].includes(first(headers["content-encoding"]))) return trouble("bad-answer");
  const type = first(headers["content-type"]).split(";", 1)[0]?.trim();
  if (status === 200 && type === "text/event-stream") return { kind: "stream" };
  if (method !== "POST" || type !== "application/json") return trouble("bad-answer");
  if (status === 200) {
    const length = first(headers["content-length"]);
    return { kind: "json", status, length: /^\d{1,15}$/.test(length) ? Number(length) : undefined };
  }
  return status === 400 || status === 404 ? { kind: "error", status } : trouble("bad-answer");
};
