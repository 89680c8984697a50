import type { ClientDocument } from "../validate/client-document.ts";

/** A document that passed every check, and until when it counts without being asked for again. */
export interface CachedDocument {
  readonly document: ClientDocument;
  readonly fetchedAt: number;
  readonly freshUntil: number;
}

/** Valid documents only, in memory: an error is never remembered, and a restart forgets. */
export interface DocumentCache {
  get(url: string, now: number): CachedDocument | undefined;
  set(url: string, entry: CachedDocument): void;
}

/** Forgets the one that was not used for longest: strangers who fill it do not push out what is in use. */
export const createDocumentCache = (maxEntries: number): DocumentCache => {
  const entries = new Map<string, CachedDocument>();
  return {
    get: (url, now) => {
      const entry = entries.get(url);
      if (entry === undefined) return undefined;
      entries.delete(url);
      if (entry.freshUntil <= now) return undefined;
      entries.set(url, entry);
      return entry;
    },
    set: (url, entry) => {
      entries.delete(url);
      entries.set(url, entry);
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) return;
        entries.delete(oldest);
      }
    },
  };
};
