/**
 * Bounds on how long a document counts without being asked for again. At least: nobody makes us fetch for every request.
 * At most: a redirect URI that its owner took back is gone within the hour, whatever was promised before (A12).
 */
const lifetimeMs = { atLeast: 10_000, atMost: 3_600_000, unsaid: 300_000 } as const;

const seconds = (directives: readonly string[], name: string): number | undefined => {
  const values = directives.flatMap((directive) => {
    const [key = "", value = ""] = directive.split("=", 2);
    return key.trim().toLowerCase() === name ? [value.trim().replaceAll('"', "")] : [];
  });
  if (values.length === 0) return undefined;
  // Said twice or not in digits: RFC 9111 section 4.2.1 lets that count as stale.
  const [only = ""] = values;
  return values.length === 1 && /^\d+$/.test(only) ? Number(only) : 0;
};

/** How long a document counts, from its `Cache-Control` and `Age` (RFC 9111), within our bounds. We are a shared cache. */
export const cacheLifetimeMs = (cacheControl: string | undefined, age: string | undefined): number => {
  const directives = (cacheControl ?? "").split(",");
  const names = new Set(directives.map((directive) => directive.split("=", 1)[0]?.trim().toLowerCase()));
  if (["no-store", "no-cache", "private"].some((name) => names.has(name))) return lifetimeMs.atLeast;
  const fresh = seconds(directives, "s-maxage") ?? seconds(directives, "max-age");
  if (fresh === undefined) return lifetimeMs.unsaid;
  const spent = age !== undefined && /^\d+$/.test(age) ? Number(age) : 0;
  return Math.min(Math.max((fresh - spent) * 1_000, lifetimeMs.atLeast), lifetimeMs.atMost);
};
