import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { EventStream } from "../../src/relay/event-stream.ts";

const message = Buffer.from(`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"${"x".repeat(4_000)}"}}`);

it("C24 events that come one in each turn wait for a client that does not read, and go on when it does", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1").pause();
  try {
    client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const [, response] = (await once(server, "request")) as [unknown, ServerResponse];
    const stream = new EventStream(response, {});
    let sent = 0;
    // What the system's buffers take is sent at once; after it the stream has to say that it is full, and stay so.
    for (let refused = 0; refused < 5 && sent < 10_000; await turn()) {
      if (response.writableNeedDrain) refused += 1;
      else {
        refused = 0;
        stream.send(message, "id");
        sent += 1;
      }
    }
    expect(sent).toBeLessThan(10_000);
    expect(response.writableLength).toBeLessThan(1_000_000);
    const drained = once(response, "drain");
    client.resume();
    await drained;
    expect(stream.send(message, "id")).toBe(true);
  } finally {
    client.destroy();
    server.closeAllConnections();
    server.close();
  }
});
