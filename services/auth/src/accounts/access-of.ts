/** Whose access, to what: a person's or a client's, or less of it. Never everybody's by leaving everything out. */
export type AccessOf =
  | { readonly subjectId: string; readonly clientId?: string; readonly resource?: string }
  | { readonly subjectId?: undefined; readonly clientId: string; readonly resource?: string };
