const base = "https://www.googleapis.com/auth/";

/** What Google calls a scope in its answers: the short names of OpenID come back as long ones. */
export const googleScopeName = (scope: string): string =>
  scope === "email" || scope === "profile" ? `${base}userinfo.${scope}` : scope;

export const identityScopes: readonly string[] = ["openid", "email", "profile", `${base}userinfo.email`, `${base}userinfo.profile`];

/** Scopes of Google's that servers ask for; a test can add more. There is no offline_access among them: Google refuses it. */
export const apiScopes: readonly string[] = [
  "calendar",
  "calendar.readonly",
  "calendar.events",
  "calendar.events.readonly",
  "drive",
  "drive.file",
  "drive.readonly",
  "drive.metadata.readonly",
  "documents",
  "spreadsheets",
  "spreadsheets.readonly",
  "contacts.readonly",
  "gmail.readonly",
  "gmail.modify",
  "gmail.send",
  "gmail.compose",
  "gmail.labels",
  "gmail.settings.basic",
].map((name) => base + name);
