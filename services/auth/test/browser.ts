import { CookieJar, formsIn, onwardLink } from "@mcp-auth-proxy/testing";
import { issuer, password, type RunningAuth } from "./running-auth.ts";

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

type Values = Readonly<Record<string, string>>;

/** A person's browser without script, on injected requests: cookies, forms, redirects within our origin. */
export class Browser {
  readonly jar = new CookieJar();
  readonly #auth: RunningAuth;
  readonly #remoteAddress: string;

  constructor(auth: RunningAuth, remoteAddress = "192.0.2.1") {
    this.#auth = auth;
    this.#remoteAddress = remoteAddress;
  }

  async #send(method: "GET" | "POST", url: string, headers: Values, payload?: string): Promise<Page> {
    const cookie = this.jar.header(url);
    const answer = await this.#auth.app.inject({
      method,
      url: url.slice(issuer.length),
      remoteAddress: this.#remoteAddress,
      headers: { host: "localhost:8080", ...(cookie === undefined ? {} : { cookie }), ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    const received = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const each of [value].flat()) if (each !== undefined) received.append(name, String(each));
    }
    this.jar.store(received);
    return { url, status: answer.statusCode, headers: received, text: answer.payload };
  }

  /** Puts another value into a transaction cookie; answers with the one that it had. */
  tamper(part: "csrf" | "binding", value: string): string {
    const [, name = "", before = ""] = new RegExp(`(mcp_auth_${part}_[^=]+)=([^;]*)`).exec(this.jar.header(issuer) ?? "") ?? [];
    this.jar.store(new Headers({ "set-cookie": `${name}=${value}; Path=/` }));
    return before;
  }

  open(url: string, headers: Values = {}): Promise<Page> {
    return this.#send("GET", new URL(url, issuer).href, headers);
  }

  post(url: string, values: Values, headers: Values = {}): Promise<Page> {
    const form = { "content-type": "application/x-www-form-urlencoded", origin: "null", "sec-fetch-site": "same-origin", ...headers };
    return this.#send("POST", new URL(url, issuer).href, form, new URLSearchParams(values).toString());
  }

  /** Sends the page's only form with these values typed in, and follows a redirect that stays with us. */
  async submit(page: Page, typed: Values, headers: Values = {}): Promise<Page> {
    const [form] = formsIn(page.text, page.url);
    if (form === undefined) throw new Error(`no form at ${page.url}: ${page.status}\n${page.text.slice(0, 600)}`);
    const values = Object.fromEntries(form.fields.map((field) => [field.name, field.value]));
    const answer = await this.post(form.action, { ...values, ...typed }, headers);
    const location = answer.headers.get("location");
    return answer.status === 303 && location !== null ? this.open(location) : answer;
  }

  approve(consent: Page): Promise<Page> {
    return this.submit(consent, { decision: "approve" });
  }

  /** From the sign-in page to the page that returns to the client. */
  signIn(page: Page, typed = password): Promise<Page> {
    return this.submit(page, { password: typed });
  }
}

/** Where the page that ends a transaction sends the browser. */
export const targetOf = (page: Page): URL => {
  const target = page.status === 200 ? onwardLink(page.text, page.url) : undefined;
  if (target === undefined) throw new Error(`${page.url} does not lead on: ${page.status}\n${page.text.slice(0, 600)}`);
  return new URL(target);
};
