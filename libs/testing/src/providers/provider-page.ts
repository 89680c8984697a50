const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? character);

export interface PageButton {
  readonly name: string;
  readonly value: string;
  readonly label: string;
}

/** A page with one form of buttons: what a person, a browser and a robot without script can all answer. */
export interface ProviderPage {
  readonly title: string;
  readonly lines: readonly string[];
  /** Where the form goes. */
  readonly action: string;
  readonly hidden?: Readonly<Record<string, string>>;
  readonly buttons: readonly PageButton[];
}

export function providerPage({ title, lines, action, hidden = {}, buttons }: ProviderPage): string {
  const text = lines.map((line) => `<p>${escape(line)}</p>`).join("");
  const kept = Object.entries(hidden).map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`);
  const asked = buttons.map(({ name, value, label }) => `<p><button name="${escape(name)}" value="${escape(value)}">${escape(label)}</button></p>`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)}</title><link rel="icon" href="data:,">
<h1>${escape(title)}</h1>${text}<form method="post" action="${escape(action)}">${kept.join("")}${asked.join("")}</form></html>`;
}

/** One button for each person, and one that says no. */
export const peopleButtons = (people: Iterable<{ readonly login: string; readonly name: string }>): readonly PageButton[] => [
  ...[...people].map(({ login, name }) => ({ name: "person", value: login, label: `${name} (${login})` })),
  { name: "decision", value: "cancel", label: "Cancel" },
];
