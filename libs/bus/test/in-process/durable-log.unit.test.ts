import { expect, test } from "vitest";
import { createDurableLog } from "../../src/in-process/durable-log.ts";

test("remembers a bounded number of message ids, the newest ones", () => {
  const log = createDurableLog({ now: () => 0 }, { maxMessages: 1, maxBytes: 1 });
  const append = (messageId: string): boolean => log.append(messageId, { subject: "a", payload: new Uint8Array(), headers: {} });
  for (let index = 0; index <= 65_536; index += 1) append(String(index));
  expect([append("65536"), append("0")]).toEqual([false, true]);
});
