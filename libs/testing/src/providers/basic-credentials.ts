/** A client's id and secret from an Authorization header (RFC 6749 section 2.3.1: both form-encoded inside of Basic). */
export function basicCredentials(header: string | undefined): { readonly clientId: string; readonly clientSecret: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=_-]+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const at = text.indexOf(":");
  if (at < 0) return undefined;
  const decode = (part: string): string => new URLSearchParams(`v=${part}`).get("v") ?? "";
  return { clientId: decode(text.slice(0, at)), clientSecret: decode(text.slice(at + 1)) };
}
