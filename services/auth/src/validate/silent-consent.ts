import type { RedirectUri } from "./redirect-uri.ts";

/** How a browser says that it came here (Fetch Metadata); undefined where it does not say. */
export interface Navigation {
  readonly site: string | undefined;
  readonly mode: string | undefined;
  readonly dest: string | undefined;
}

/**
 * Whether a consent that was given before may count without being asked for again. Never when another site leads here,
 * or nobody says who does (A03); never for a way back that any program on the device may be listening at (A09).
 */
export const mayBeSilent = ({ site, mode, dest }: Navigation, redirect: RedirectUri["kind"]): boolean =>
  redirect === "https" && (site === "none" || site === "same-origin") && mode === "navigate" && dest === "document";
