import { sha256 } from "@mcp-auth-proxy/crypto";
import { stylesheet } from "./stylesheet.ts";

const styleHash = Buffer.from(sha256(stylesheet), "base64url").toString("base64");

/**
 * Goes with every page. No script at all, our one stylesheet by its hash, forms only to ourselves, never framed
 * (A7.3). Chromium holds redirects after a form post to `form-action` too, so nothing redirects from a form to a client:
 * the way out is the returning page. No opener policy: clients in a popup wait for their own page to come back.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    "img-src data:",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; "),
  "x-frame-options": "DENY",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "x-robots-tag": "noindex, nofollow",
  vary: "accept-language",
};
