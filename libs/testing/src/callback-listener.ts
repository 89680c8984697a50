import { createServer } from "node:http";

/** The loopback server of a native client (RFC 8252 section 7.3): receives the redirect a browser makes. */
export interface CallbackListener extends AsyncDisposable {
  readonly redirectUri: string;
  /** The next redirect that arrives, or has arrived and was not taken yet. */
  next(): Promise<URL>;
}

export async function listenForCallback(path = "/callback"): Promise<CallbackListener> {
  const arrived: URL[] = [];
  const waiting: ((url: URL) => void)[] = [];
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? "/", redirectUri);
    response.writeHead(url.pathname === path ? 200 : 404, { "content-type": "text/html", connection: "close" });
    response.end("<!doctype html><title>client</title><p id=arrived>Signed in. You can close this window.</p>");
    if (url.pathname !== path) return;
    const taker = waiting.shift();
    if (taker === undefined) arrived.push(url);
    else taker(url);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the callback listener has no port");
  const redirectUri = `http://127.0.0.1:${address.port}${path}`;
  return {
    redirectUri,
    next: () => {
      const url = arrived.shift();
      return url === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(url);
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
