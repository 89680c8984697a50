/** A person who pastes the address of the endpoint into a browser asks for a page; no MCP client does. */
export const isBrowser = (accept: string | undefined): boolean => accept?.toLowerCase().includes("text/html") === true;

const texts = {
  en: {
    title: "This is an MCP server",
    what: "This address is for MCP clients such as Claude, Cursor or VS Code, not for a browser.",
    how: "Add it to your client as a server. The client then opens the sign-in page by itself:",
  },
  ko: {
    title: "MCP 서버 주소입니다",
    what: "이 주소는 브라우저가 아니라 Claude, Cursor, VS Code 같은 MCP 클라이언트에서 사용합니다.",
    how: "아래 주소를 클라이언트에 서버로 추가하면 로그인 페이지가 자동으로 열립니다:",
  },
} as const;

const languageOf = (acceptLanguage: string | undefined): keyof typeof texts => (/^\s*ko\b/i.test(acceptLanguage ?? "") ? "ko" : "en");

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Static, without a script or a style of its own, so that the strictest policy holds. */
export const browserPage = (
  acceptLanguage: string | undefined,
  resource: string,
): { readonly html: string; readonly headers: Readonly<Record<string, string>> } => {
  const language = languageOf(acceptLanguage);
  const { title, what, how } = texts[language];
  const html = `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title}</title></head>
<body><main><h1>${title}</h1><p>${what}</p><p>${how}</p><p><code>${escape(resource)}</code></p></main></body>
</html>
`;
  return {
    html,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-language": language,
      vary: "Origin, Accept, Accept-Language",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    },
  };
};
