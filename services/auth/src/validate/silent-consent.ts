import type { RedirectUri } from "./redirect-uri.ts";

/** How a browser says that it came here (Fetch Metadata); undefined where it does not say. */
export interface Navigation {
  readonly site: string | undefined;
  readonly mode: string | undefined;
  readonly dest: string | undefined;
}

/**
 * Whether a consent that was given before may count without being asked for again. Never when another site leads here,
 * or nobody says who does (A03); never for a way back that any program on the device may be listening at (A09). `none`
 * says no more than nothing: a browser that was opened at another site says so too after that site sent it on to us,
 * and takes the Strict cookie along (Fetch Metadata section 2.3 looks at redirects only where a site began).
 */
export const mayBeSilent = ({ site, mode, dest }: Navigation, redirect: RedirectUri["kind"]): boolean =>
  redirect === "https" && site === "same-origin" && mode === "navigate" && dest === "document";
