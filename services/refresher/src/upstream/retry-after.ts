/** When a Retry-After header lets us come back, epoch ms (RFC 9110 section 10.2.3: seconds, or a date); undefined where it says nothing. */
export const retryAfterAt = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return now + Number(text) * 1_000;
  if (!/^[A-Za-z]{3},? /.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
};
