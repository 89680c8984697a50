import { foldedName } from "./folded-name.ts";
import { type JsonSlice, JsonScanner } from "./json-scan.ts";

/** Where in a valid message the things are that name a request. */
export interface Places {
  readonly id?: JsonSlice;
  /** `params._meta.progressToken`. */
  readonly askedToken?: JsonSlice;
  /** `params.progressToken`. */
  readonly progressToken?: JsonSlice;
  /** `params.requestId`. */
  readonly requestId?: JsonSlice;
  /** Something that names a request is there twice, or in another case: the next reader may take the other one. */
  readonly ambiguous: boolean;
}

const naming: ReadonlySet<string> = new Set(["_meta", "progressToken", "requestId"]);
const foldedNaming: ReadonlySet<string> = new Set([...naming].map(foldedName));

export const placesIn = (message: Buffer): Places => {
  const places: { -readonly [K in keyof Places]: Places[K] } = { ambiguous: false };
  const watch = (seen: Set<string>, name: string): void => {
    if (!foldedNaming.has(foldedName(name))) return;
    if (!naming.has(name) || seen.has(name)) places.ambiguous = true;
    seen.add(name);
  };
  const [inParams, inMeta] = [new Set<string>(), new Set<string>()];
  const scanner = new JsonScanner(message);
  scanner.object((key) => {
    if (key === "id") places.id = scanner.skip();
    else if (key === "params" && scanner.isObject()) {
      scanner.object((name) => {
        watch(inParams, name);
        if (name === "progressToken" || name === "requestId") places[name] = scanner.skip();
        else if (name === "_meta" && scanner.isObject()) {
          scanner.object((meta) => {
            watch(inMeta, meta);
            const slice = scanner.skip();
            if (meta === "progressToken") places.askedToken = slice;
          });
        } else scanner.skip();
      });
    } else scanner.skip();
  });
  return places;
};

export interface Splice {
  readonly at: JsonSlice | undefined;
  readonly by: Buffer;
}

/** Puts other values into a message; every byte besides them stays. Places that are not there are left alone. */
export const splice = (message: Buffer, splices: readonly Splice[]): Buffer => {
  const there: { readonly at: JsonSlice; readonly by: Buffer }[] = [];
  let { length } = message;
  for (const { at, by } of splices) {
    if (at === undefined) continue;
    there.push({ at, by });
    length += by.length - (at.end - at.start);
  }
  if (there.length > 1) there.sort((one, other) => one.at.start - other.at.start);
  const spliced = Buffer.allocUnsafe(length);
  let [from, to] = [0, 0];
  for (const { at, by } of there) {
    to += message.copy(spliced, to, from, at.start);
    to += by.copy(spliced, to);
    from = at.end;
  }
  message.copy(spliced, to, from);
  return spliced;
};
