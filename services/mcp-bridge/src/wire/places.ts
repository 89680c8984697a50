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
}

export const placesIn = (message: Buffer): Places => {
  const places: { -readonly [K in keyof Places]: Places[K] } = {};
  const scanner = new JsonScanner(message);
  scanner.object((key) => {
    if (key === "id") places.id = scanner.skip();
    else if (key === "params" && scanner.isObject()) {
      scanner.object((name) => {
        if (name === "progressToken" || name === "requestId") places[name] = scanner.skip();
        else if (name === "_meta" && scanner.isObject()) {
          scanner.object((meta) => {
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
  const parts: Buffer[] = [];
  let from = 0;
  const there = splices.flatMap(({ at, by }) => (at === undefined ? [] : [{ at, by }])).toSorted((one, other) => one.at.start - other.at.start);
  for (const { at, by } of there) {
    parts.push(message.subarray(from, at.start), by);
    from = at.end;
  }
  return Buffer.concat([...parts, message.subarray(from)]);
};
