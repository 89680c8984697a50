import { connect } from "node:net";
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";

export interface BrokenHttpTally {
  requests: number;
  /** First lines of the answers, by what came back. */
  readonly answers: Record<string, number>;
  /** Connections that the gateway neither answered nor closed. */
  readonly hanging: string[];
}

/** Longer than a body may take to come, which is what ends those that never say that they are done. */
const limitMs = 45_000;
const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

/** One request that is not as RFC 9112 wants it, in the pieces in which it is sent. */
function brokenRequest(host: string, token: string, random: Random): readonly Buffer[] {
  const head = (line: string, ...headers: string[]): string => [line, `Host: ${host}`, `Authorization: Bearer ${token}`, "Accept: application/json, text/event-stream", ...headers, "", ""].join("\r\n");
  const post = (...headers: string[]): string => head("POST /mcp HTTP/1.1", "Content-Type: application/json", ...headers);
  const good = post(`Content-Length: ${body.length}`) + body;
  const text = random.pick<() => string>([
    () => good.slice(0, random.below(good.length)),
    () => post("Content-Length: 4000") + body,
    () => post("Content-Length: 40", "Content-Length: 41") + body,
    () => post(`Content-Length: ${random.pick(["-1", "+5", "1e3", "0x10", "99999999999999999999", "4 0", "", "5;"])}`) + body,
    () => post("Transfer-Encoding: chunked", `Content-Length: ${body.length}`) + body,
    () => post("Transfer-Encoding: chunked") + random.pick(["zz\r\n", "-1\r\n", "ffffffffffffffffff\r\n", "5\r\nab", "1\r\na\n0\r\n\r\n", `${body.length.toString(16)};${"x".repeat(20_000)}\r\n`, "0\r\nContent-Length: 5\r\n\r\n"]),
    () => post(`Transfer-Encoding: ${random.pick(["gzip", "chunked, identity", "identity", "\u000bchunked", "chunked\r\nTransfer-Encoding: chunked"])}`) + body,
    () => `${random.pick(["get", "P OST", "FOO", "PRI", "", "CONNECT", "TRACE", "\u0000"])} ${random.pick(["/mcp", "*", "http://evil.example/mcp", "//", "/mcp#x", "/%00", "/../mcp", `/${"a".repeat(30_000)}`])} HTTP/${random.pick(["1.1", "0.9", "2.0", "1.10", "9.9"])}\r\nHost: ${host}\r\n\r\n`,
    () => head("GET /mcp HTTP/1.1", `X-Large: ${"x".repeat(random.pick([1_000, 17_000, 200_000]))}`),
    () => head("GET /mcp HTTP/1.1", ...Array.from({ length: random.pick([10, 2_000]) }, (_, at) => `X-${at}: 1`)),
    () => head("GET /mcp HTTP/1.1", random.pick(["No colon", " folded: 1", ": no name", "Bad Name: 1", "X: \u0001", "X: a\rb", "Host: other", "Content-Length: 5\nX: 1", "Mcp-Session-Id: a\u0000b"])),
    () => head("GET /mcp HTTP/1.1", "Connection: Upgrade", `Upgrade: ${random.pick(["websocket", "h2c", "TLS/1.0"])}`, "HTTP2-Settings: AAAA"),
    () => post("Expect: 100-continue", `Content-Length: ${body.length}`),
    () => post("Content-Encoding: gzip", "Content-Length: 3") + "\u001f\u008b\u0008",
    () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    () => "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
    () => good + good.slice(0, random.below(good.length)) + "\r\n\r\nGARBAGE\r\n\r\n",
    () => mutate(JSON.stringify(good), random).toString("latin1"),
  ])();
  const bytes = Buffer.from(text, "latin1");
  const middle = random.below(bytes.length + 1);
  return random.chance(0.3) ? [bytes.subarray(0, middle), bytes.subarray(middle)] : [bytes];
}

function send(port: number, pieces: readonly Buffer[], manner: "half-close" | "reset" | "wait"): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const timer = setTimeout(() => {
      resolve("hanging");
      socket.destroy();
    }, limitMs);
    const over = (): void => {
      clearTimeout(timer);
      const status = /^HTTP\/1\.1 (\d+)/.exec(heard)?.[1];
      resolve(status ?? (heard === "" ? "closed" : "other"));
    };
    socket.on("data", (chunk) => {
      heard += heard.length < 1_000 ? chunk.toString("latin1") : "";
      // Answered: whether the connection would be kept does not matter here.
      if (manner === "wait") socket.end();
    });
    socket.on("error", () => undefined).once("close", over).once("end", () => socket.end());
    for (const piece of pieces) socket.write(piece);
    if (manner === "half-close") socket.end();
    if (manner === "reset") socket.once("connect", () => setImmediate(() => socket.resetAndDestroy()));
  });
}

/** Sends so many broken requests, each over a connection of its own, and waits for the end of each. */
export async function sendBrokenRequests(baseUrl: string, token: string, requests: number, seed: number, tally: BrokenHttpTally): Promise<void> {
  const random = new Random(seed);
  const { port, host } = new URL(baseUrl);
  const worker = async (): Promise<void> => {
    while (tally.requests < requests) {
      tally.requests += 1;
      const pieces = brokenRequest(host, token, random);
      // Most end their side: those that only wait are ended by the time for headers and bodies, which takes its time.
      const manner = random.chance(0.01) ? "wait" : random.chance(0.15) ? "reset" : "half-close";
      const answer = await send(Number(port), pieces, manner);
      if (answer === "hanging") tally.hanging.push(Buffer.concat(pieces).toString("base64").slice(0, 2_000));
      const key = `${manner === "wait" ? "wait: " : ""}${answer}`;
      tally.answers[key] = (tally.answers[key] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
}
