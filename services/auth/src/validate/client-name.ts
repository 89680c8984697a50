const maxShownCharacters = 80;

/**
 * Characters that make a name look like another one, or like a part of our page: controls, bidi overrides,
 * zero-width and other invisible ones, private use, unassigned, line breaks, blank letters.
 */
const invisible = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800\u{1D159}]/gu;
/** More than two marks on a letter grow over the lines above and below. */
const stackedMarks = /(\p{M}{2})\p{M}+/gu;
/** Cuts between characters as people see them, never inside of one. */
const segmenter = new Intl.Segmenter();

/**
 * What may be shown of a name that a client gave itself. Undefined when nothing readable is left.
 * It stays a claim: the page marks it as unverified, and escapes it.
 */
export const cleanClientName = (raw: string): string | undefined => {
  // The cut comes first: normalising megabytes for a name of 80 characters would be a gift to an attacker.
  const readable = raw
    .slice(0, maxShownCharacters * 8)
    .replace(/\p{White_Space}/gu, " ")
    .replace(invisible, "")
    .normalize("NFC")
    .replace(stackedMarks, "$1")
    .replace(/ +/g, " ")
    .trim();
  const characters = Array.from(segmenter.segment(readable), ({ segment }) => segment);
  if (!/[\p{L}\p{N}\p{S}\p{P}]/u.test(readable)) return undefined;
  return characters.length <= maxShownCharacters ? readable : `${characters.slice(0, maxShownCharacters - 1).join("").trimEnd()}…`;
};
