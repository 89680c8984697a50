/** When an access token issued now expires: whole seconds, as `exp` counts them, in epoch ms. */
export const accessTokenExpiry = (now: number, ttlMs: number): number => (Math.floor(now / 1000) + Math.floor(ttlMs / 1000)) * 1000;
