interface StoredCookie {
  readonly value: string;
  readonly path: string;
  readonly attributes: string;
}

/** The cookies of one browser and one site: path, expiry by Max-Age or an old date, nothing more. */
export class CookieJar {
  #cookies = new Map<string, StoredCookie>();

  store(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf("="));
      const value = pair.slice(pair.indexOf("=") + 1);
      const path = attributes.find((text) => /^path=/i.test(text))?.slice(5) ?? "/";
      if (attributes.some((text) => expires(text))) this.#cookies.delete(name);
      else this.#cookies.set(name, { value, path, attributes: attributes.join("; ") });
    }
  }

  /** The Cookie header for a URL, or undefined when nothing applies. */
  header(url: string | URL): string | undefined {
    const { pathname } = new URL(url);
    const sent = [...this.#cookies].filter(([, cookie]) => covers(cookie.path, pathname));
    return sent.length === 0 ? undefined : sent.map(([name, cookie]) => `${name}=${cookie.value}`).join("; ");
  }

  /** Name to attributes as they were set, for tests that look at them. */
  get attributes(): ReadonlyMap<string, string> {
    return new Map([...this.#cookies].map(([name, cookie]) => [name, cookie.attributes]));
  }

  values(): readonly string[] {
    return [...this.#cookies.values()].map((cookie) => cookie.value);
  }
}

// RFC 6265 section 5.1.4: a path covers itself and what lies under it.
const covers = (path: string, pathname: string): boolean =>
  path === "/" || pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`);

function expires(attribute: string): boolean {
  const maxAge = /^max-age=(-?\d+)$/i.exec(attribute)?.[1];
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  const date = /^expires=(.+)$/i.exec(attribute)?.[1];
  return date !== undefined && Date.parse(date) < Date.now();
}
