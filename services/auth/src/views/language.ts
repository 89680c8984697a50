/** The languages that the pages exist in. */
export type Language = "en" | "ko";

const languages: readonly Language[] = ["en", "ko"];
const maxHeaderLength = 1000;

interface Preference {
  readonly range: string;
  readonly weight: number;
}

/** One item of the list: a range, and its weight (RFC 9110 section 12.4.2: three decimals at most, 1 if not said). */
const parsePreference = (item: string): readonly Preference[] => {
  const [, range, weight] = /^\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/.exec(item) ?? [];
  return range === undefined ? [] : [{ range: range.toLowerCase(), weight: Number(weight ?? "1") }];
};

/** What the reader thinks of a language: the named range counts, else `*` (RFC 4647 section 3.3.1). */
const weightOf = (language: Language, preferences: readonly Preference[]): number => {
  const named = preferences.filter(({ range }) => range === language || range.startsWith(`${language}-`));
  const counted = named.length > 0 ? named : preferences.filter(({ range }) => range === "*");
  return counted.reduce((best, { weight }) => Math.max(best, weight), 0);
};

/** Where in the list a language is named; after all others when only `*` covers it. */
const placeOf = (language: Language, preferences: readonly Preference[]): number => {
  const place = preferences.findIndex(({ range }) => range === language || range.startsWith(`${language}-`));
  return place === -1 ? preferences.length : place;
};

/** The best of our languages for an Accept-Language header: by weight, then by place; English when nothing fits. */
export const chooseLanguage = (acceptLanguage: string | undefined): Language => {
  const preferences = (acceptLanguage ?? "").slice(0, maxHeaderLength).split(",").flatMap(parsePreference);
  const [best] = languages
    .map((language) => ({ language, weight: weightOf(language, preferences), place: placeOf(language, preferences) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight || a.place - b.place);
  return best?.language ?? "en";
};
