/** A form as a browser without script sees it. */
export interface HtmlForm {
  readonly action: string;
  readonly method: "GET" | "POST";
  readonly fields: readonly HtmlField[];
  readonly buttons: readonly HtmlButton[];
}

export interface HtmlField {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

export interface HtmlButton {
  readonly name: string | undefined;
  readonly value: string;
  readonly label: string;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", "#39": "'", "#x27": "'", "#x2f": "/", "#x3d": "=" };

export const decodeEntities = (text: string): string =>
  text.replaceAll(/&(#?\w+);/g, (whole, name: string) => entities[name.toLowerCase()] ?? whole);

/** The value of one attribute of a start tag. */
export function attributeOf(tag: string, name: string): string | undefined {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, "i").exec(tag);
  const value = found?.[1] ?? found?.[2] ?? found?.[3];
  return value === undefined ? undefined : decodeEntities(value);
}

function fieldsOf(form: string): HtmlField[] {
  return [...form.matchAll(/<input\b[^>]*>/gi)].flatMap(([tag]) => {
    const name = attributeOf(tag, "name");
    const type = (attributeOf(tag, "type") ?? "text").toLowerCase();
    if (name === undefined || ["submit", "button", "reset", "image"].includes(type)) return [];
    if (["checkbox", "radio"].includes(type) && !/\schecked\b/i.test(tag)) return [];
    return [{ name, type, value: attributeOf(tag, "value") ?? "" }];
  });
}

function buttonsOf(form: string): HtmlButton[] {
  const buttons = [...form.matchAll(/(<button\b[^>]*>)([\s\S]*?)<\/button>/gi)].map(([, tag = "", label = ""]) => ({ tag, label }));
  const inputs = [...form.matchAll(/<input\b[^>]*type\s*=\s*["']?submit[^>]*>/gi)].map(([tag]) => ({ tag, label: attributeOf(tag, "value") ?? "" }));
  return [...buttons, ...inputs]
    .filter(({ tag }) => (attributeOf(tag, "type") ?? "submit").toLowerCase() === "submit")
    .map(({ tag, label }) => ({
      name: attributeOf(tag, "name"),
      value: attributeOf(tag, "value") ?? "",
      label: decodeEntities(label.replaceAll(/<[^>]*>/g, "")).trim(),
    }));
}

/** Every form of a page, in order. */
export function formsIn(html: string, pageUrl: string): readonly HtmlForm[] {
  return [...html.matchAll(/(<form\b[^>]*>)([\s\S]*?)<\/form>/gi)].map(([, open = "", inside = ""]) => ({
    action: new URL(attributeOf(open, "action") ?? "", pageUrl).href,
    method: attributeOf(open, "method")?.toUpperCase() === "POST" ? "POST" : "GET",
    fields: fieldsOf(inside),
    buttons: buttonsOf(inside),
  }));
}

/** Whether the words on a button say no, in the languages of our pages. */
export const isRefusal = (words: string): boolean => /deny|cancel|reject|decline|거부|취소|아니/i.test(words);

/** Where a page without a form goes on by itself (meta refresh), or by its only link. */
export function onwardLink(html: string, pageUrl: string): string | undefined {
  const meta = /<meta\b[^>]*http-equiv\s*=\s*["']?refresh[^>]*>/i.exec(html)?.[0];
  const fromMeta = meta === undefined ? undefined : /url\s*=\s*['"]?(.*?)['"]?$/i.exec(attributeOf(meta, "content") ?? "")?.[1];
  const link = fromMeta ?? attributeOf(/<a\b[^>]*\shref[^>]*>/i.exec(html)?.[0] ?? "", "href");
  return link === undefined ? undefined : new URL(link, pageUrl).href;
}
