import type { SignInFacts } from "./oidc-shape.ts";

const key = (clientId: string, sub: string): string => JSON.stringify([clientId, sub]);

/** What people have granted to clients. Google keeps it by account, not by browser: nobody is asked twice for the same. */
export class GoogleConsents {
  readonly #granted = new Map<string, ReadonlySet<string>>();

  /** Whether the consent screen was part of this sign-in; it counts as agreed to. */
  showed({ clientId, sub, scopes, parameters }: SignInFacts): boolean {
    const before = this.#granted.get(key(clientId, sub)) ?? new Set<string>();
    this.#granted.set(key(clientId, sub), new Set([...before, ...scopes]));
    const forced = typeof parameters.prompt === "string" && parameters.prompt.split(" ").includes("consent");
    return forced || [...scopes].some((scope) => !before.has(scope));
  }

  forget(clientId: string, sub: string): void {
    this.#granted.delete(key(clientId, sub));
  }

  /** A person takes back everything, from every client. */
  forgetPerson(sub: string): void {
    for (const known of this.#granted.keys()) if (known.endsWith(`,${JSON.stringify(sub)}]`)) this.#granted.delete(known);
  }
}
