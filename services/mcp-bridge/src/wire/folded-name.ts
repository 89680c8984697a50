/**
 * A member's name as a parser sees it that does not tell cases apart, as Go's `encoding/json` does: `Name` and `name`
 * are one member to it, the later one counts, and some letters outside of ASCII fold into it, too.
 */
export const foldedName = (name: string): string => name.toUpperCase().toLowerCase();
