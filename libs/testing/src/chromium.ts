import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { isRefusal } from "./html-form.ts";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A real browser and what it complained about. */
export interface BrowserVisit extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors and uncaught exceptions, content security violations among them. */
  readonly complaints: readonly string[];
  /** The visible texts of the pages on which something was clicked. */
  readonly seen: readonly string[];
  /** Opens the URL, approves or denies, types the password where asked, and stops at a URL that starts with `stopAt`. */
  signIn(url: string, options: BrowserSignIn): Promise<void>;
}

export interface BrowserSignIn {
  readonly password?: string;
  /** The provider to sign in with where there are several ways: the end of "Sign in with …". */
  readonly provider?: string;
  /** Whom to be where a provider shows a choice of accounts: the value of the button. */
  readonly person?: string;
  readonly stopAt: string;
  readonly decision?: "approve" | "deny";
  /** Takes a picture of every page, as `<path>-<n>.png`. */
  readonly screenshots?: string;
}

/** Starts Debian's Chromium, or the one CHROMIUM_PATH names. */
export function launchChromium(moreFlags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium", args: [...flags, ...moreFlags] });
}

/** Opens a fresh profile in a browser: no cookies, one language. */
export async function visit(browser: Browser, locale = "en-GB", options: { readonly script?: boolean } = {}): Promise<BrowserVisit> {
  const context = await browser.newContext({ locale, javaScriptEnabled: options.script ?? true });
  const page = await context.newPage();
  const complaints: string[] = [];
  const seen: string[] = [];
  // Only the gateway's pages are judged; Chromium asking the test's own client for an icon is not its business.
  page.on("console", (message) => {
    if (message.type() === "error" && !message.location().url.endsWith("/favicon.ico")) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return {
    page,
    context,
    complaints,
    seen,
    signIn: (url, sign) => walk(page, url, sign, seen),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

async function walk(page: Page, url: string, { password = "", person, provider, stopAt, decision = "approve", screenshots }: BrowserSignIn, seen: string[]): Promise<void> {
  await page.goto(url);
  for (let step = 1; step <= 10; step += 1) {
    const text = await page.innerText("body");
    // Asked after reading: a page may have gone on by itself meanwhile, and the client's page is not the gateway's.
    if (page.url().startsWith(stopAt)) return;
    seen.push(text);
    if (screenshots !== undefined) await page.screenshot({ path: `${screenshots}-${step}.png`, fullPage: true });
    const before = page.url();
    if (!(await answerForm(page, { password, person, provider, decision }))) {
      await page.waitForURL((to) => to.href.startsWith(stopAt), { timeout: 15_000 });
      return;
    }
    await page.waitForLoadState("load");
    if (page.url() === before && step > 5) break;
  }
  if (!page.url().startsWith(stopAt)) throw new Error(`the browser did not get to ${stopAt}, it is at ${page.url()}: ${await page.innerText("body")}`);
}

interface FormAnswers {
  readonly password: string;
  readonly provider: string | undefined;
  readonly person: string | undefined;
  readonly decision: "approve" | "deny";
}

/** Fills in and sends the form of the page; false when there is none. */
async function answerForm(page: Page, { password, person, provider, decision }: FormAnswers): Promise<boolean> {
  const offered = page.getByRole("link", { name: `Sign in with ${provider ?? ""}`, exact: true });
  if (provider !== undefined && (await offered.count()) > 0) {
    await offered.first().click();
    return true;
  }
  const field = page.locator("input[type=password]");
  if ((await field.count()) > 0) await field.first().fill(password);
  const named = page.locator(`form button[name=person][value="${person ?? ""}"]`);
  if (decision === "approve" && (await named.count()) > 0) {
    await named.first().click();
    return true;
  }
  const buttons = page.locator("form button, form input[type=submit]");
  const total = await buttons.count();
  for (let index = 0; index < total; index += 1) {
    const button = buttons.nth(index);
    const words = `${await button.innerText()} ${(await button.getAttribute("value")) ?? ""}`;
    if (isRefusal(words) !== (decision === "deny")) continue;
    await button.click();
    return true;
  }
  return false;
}
