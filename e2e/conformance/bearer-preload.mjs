// Gives every request that the conformance suite sends to one origin a bearer token: the suite itself knows no tokens.
// Loaded into its process with `node --import`; SUITE_ORIGIN and SUITE_TOKEN say where and which. Host and Origin stay
// as they are. The suite sends through global fetch, through its own undici and through node:http; all three are covered.
import http from "node:http";
import { createRequire } from "node:module";
import { realpathSync } from "node:fs";

const origin = process.env.SUITE_ORIGIN ?? "";
const authorization = `Bearer ${process.env.SUITE_TOKEN ?? ""}`;

/** Headers come to undici as an object, as pairs, or as one flat list. */
const withToken = (headers) => {
  const flat = Array.isArray(headers) ? headers : (headers?.[Symbol.iterator] ? [...headers] : Object.entries(headers ?? {})).flat();
  const isGiven = flat.some((name, at) => at % 2 === 0 && String(name).toLowerCase() === "authorization");
  return isGiven ? flat : [...flat, "authorization", authorization];
};

if (process.env.SUITE_TOKEN !== undefined) {
  // One dispatcher serves Node's fetch and the suite's undici: both find it under the same global symbol.
  const { Agent, setGlobalDispatcher } = createRequire(realpathSync(process.argv[1] ?? ""))("undici");
  const inject = (dispatch) => (options, handler) =>
    dispatch(String(options.origin) === origin ? { ...options, headers: withToken(options.headers) } : options, handler);
  setGlobalDispatcher(new Agent().compose(inject));

  const request = http.request;
  http.request = (...given) => {
    const made = request(...given);
    if (`${made.protocol}//${String(made.getHeader("host"))}` === origin && !made.hasHeader("authorization")) made.setHeader("authorization", authorization);
    return made;
  };
}
