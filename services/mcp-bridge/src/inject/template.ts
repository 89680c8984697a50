import type { Lease } from "./lease.ts";

const place = "${access_token}";

/** Puts the token where the template has its place. What the token holds is not looked at again. */
export const filled = (template: string, { accessToken }: Lease): string => template.split(place).join(accessToken.reveal());

export const hasPlace = (template: string): boolean => template.includes(place);
