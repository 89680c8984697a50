import { setTimeout as pause } from "node:timers/promises";
import { type Answer, freshAddress, request, type RequestOptions } from "./answer.ts";
import { CookieJar } from "./cookie-jar.ts";
import { formsIn, type HtmlButton, type HtmlForm, isRefusal, onwardLink } from "./html-form.ts";

export interface Page extends Answer {
  readonly url: string;
}

export interface WalkOptions {
  /** Typed into every password field. */
  readonly password?: string;
  /** Whom to be where a provider shows a choice of accounts: the value of the button. */
  readonly person?: string;
  /** What to answer on the consent page. */
  readonly decision?: "approve" | "deny";
  readonly maxSteps?: number;
}

/** A person with a browser that runs no script: follows redirects, keeps cookies, fills in forms. */
export class FormRobot {
  readonly jar = new CookieJar();
  /** Every page seen, for tests that search them. */
  readonly pages: Page[] = [];
  readonly #language: string;
  readonly #address: string;

  constructor(language = "en", address = freshAddress()) {
    this.#language = language;
    this.#address = address;
  }

  async open(url: string, options: RequestOptions = {}): Promise<Page> {
    const cookies = this.jar.header(url);
    const headers = {
      accept: "text/html",
      "accept-language": this.#language,
      ...(cookies === undefined ? {} : { cookie: cookies }),
      ...options.headers,
    };
    const answer = await request(url, { from: this.#address, ...options, headers });
    this.jar.store(answer.headers);
    const page = { ...answer, url };
    this.pages.push(page);
    return page;
  }

  /** Sends a form the way its button would. `overrides` stand for what a person, or an attacker, typed. */
  submit(page: Page, form: HtmlForm, button: HtmlButton | undefined, overrides: Readonly<Record<string, string>> = {}): Promise<Page> {
    const values = new URLSearchParams();
    for (const field of form.fields) values.append(field.name, overrides[field.name] ?? field.value);
    if (button?.name !== undefined) values.append(button.name, button.value);
    if (form.method === "GET") return this.open(`${form.action.split("?")[0]}?${values.toString()}`);
    return this.open(form.action, { method: "POST", body: values, headers: { origin: new URL(page.url).origin } });
  }

  /** Opens where a page redirects to, until one stands still. */
  async follow(page: Page): Promise<Page> {
    const location = page.headers.get("location");
    if (page.status < 300 || page.status >= 400 || location === null) return page;
    return this.follow(await this.open(new URL(location, page.url).href));
  }

  /** Walks from an authorization URL through every page until `stopAt`, and answers with the URL that starts with it. */
  async walk(url: string, stopAt: string, options: WalkOptions): Promise<URL> {
    let page = await this.open(url);
    for (let step = 0; step < (options.maxSteps ?? 20); step += 1) {
      const onward = this.#onward(page);
      if (onward?.startsWith(stopAt) === true) return new URL(onward);
      // Too many people at once: a person waits a moment and presses the button again.
      if (page.status === 429 || page.status === 503) await pause(100);
      page = onward === undefined ? await this.#answerForm(page, options) : await this.open(onward);
    }
    throw new Error(`the robot went in circles, last at ${page.url}`);
  }

  #onward(page: Page): string | undefined {
    const location = page.headers.get("location");
    if (page.status >= 300 && page.status < 400 && location !== null) return new URL(location, page.url).href;
    if (page.status !== 200 || formsIn(page.text, page.url).length > 0) return undefined;
    return onwardLink(page.text, page.url);
  }

  #answerForm(page: Page, { password = "", person, decision = "approve" }: WalkOptions): Promise<Page> {
    const forms = formsIn(page.text, page.url);
    const isPerson = (button: HtmlButton): boolean => person !== undefined && button.name === "person" && button.value === person;
    const isChoice = decision === "approve" && forms.some((form) => form.buttons.some(isPerson));
    const wanted = (button: HtmlButton): boolean =>
      isChoice ? isPerson(button) : isRefusal(`${button.value} ${button.label}`) === (decision === "deny");
    const asksPassword = forms.find((form) => form.fields.some((field) => field.type === "password"));
    const form = asksPassword ?? forms.find((candidate) => candidate.buttons.some(wanted));
    if (form === undefined) throw new Error(`the robot is stuck at ${page.url}: ${page.status}\n${page.text.slice(0, 800)}`);
    const typed = Object.fromEntries(form.fields.filter((field) => field.type === "password").map((field) => [field.name, password]));
    return this.submit(page, form, form.buttons.find(wanted), typed);
  }
}
