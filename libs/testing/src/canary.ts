import { randomBytes } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Sighting {
  readonly secret: string;
  readonly place: string;
  readonly form: string;
}

/** The parts of a base64 text that do not depend on what stood before or after the value: one for each alignment. */
function base64Cores(value: string): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)]).toString("base64").replaceAll("=", "");
    return encoded.slice(shift === 0 ? 0 : 4, encoded.length - 3);
  });
}

/** Every form in which a careless program could have written the value down. */
function formsOf(value: string): ReadonlyMap<string, string> {
  const forms = new Map([
    ["plain", value],
    ["percent", encodeURIComponent(value)],
    ["form", new URLSearchParams({ v: value }).toString().slice(2)],
    ["json", JSON.stringify(value).slice(1, -1)],
    ["hex", Buffer.from(value).toString("hex")],
  ]);
  base64Cores(value).forEach((core, shift) => {
    forms.set(`base64+${shift}`, core);
    forms.set(`base64url+${shift}`, core.replaceAll("+", "-").replaceAll("/", "_"));
  });
  return forms;
}

/** Secrets that a test knows, and the search for them in every place where they must not be. */
export class CanaryWatch {
  readonly #secrets = new Map<string, ReadonlyMap<string, string>>();

  /** A new secret that cannot occur by accident. */
  plant(name: string): string {
    const value = `canary-${name}-${randomBytes(12).toString("hex")}`;
    this.watch(name, value);
    return value;
  }

  /** Watches a secret that was made elsewhere. Short values would be found by accident. */
  watch(name: string, value: string): void {
    if (value.length < 12) throw new Error(`the secret ${name} is too short to be searched for`);
    this.#secrets.set(name, formsOf(value));
  }

  get size(): number {
    return this.#secrets.size;
  }

  searchText(place: string, text: string): readonly Sighting[] {
    const found: Sighting[] = [];
    for (const [secret, forms] of this.#secrets) {
      for (const [form, encoded] of forms) {
        if (text.includes(encoded)) {
          found.push({ secret, place, form });
          break;
        }
      }
    }
    return found;
  }

  /** Searches the bytes of every regular file below a folder. */
  searchFolder(folder: string): readonly Sighting[] {
    return filesBelow(folder).flatMap((path) => this.searchText(path, readFileSync(path, "latin1")));
  }
}

/** Every regular file below a folder; links are not followed. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const facts = lstatSync(path);
    if (facts.isDirectory()) return filesBelow(path);
    return facts.isFile() ? [path] : [];
  });
}
