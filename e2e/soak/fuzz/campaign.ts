import { sessionMessage, statelessMessage } from "./messages.ts";
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";
import type { Sender, Sent } from "./sender.ts";

/** What came of the messages: how many, their answers by status, and those that must not be. */
export interface Tally {
  messages: number;
  readonly statuses: Record<string, number>;
  readonly broken: string[];
}

const atOnce = 16;
const most = 20;
export const newTally = (): Tally => ({ messages: 0, statuses: {}, broken: [] });

const count = (tally: Tally, { status, text, failure }: Sent, sent: Buffer | string, hasSession: boolean): void => {
  tally.messages += 1;
  tally.statuses[status] = (tally.statuses[status] ?? 0) + 1;
  // Refusals are 4xx, a busy gateway is 503; anything else of 500 and up is a fault of the gateway, and no answer is a hang.
  // Nothing that is sent ends a session, or names another one, so that 404 says that it was lost.
  const isFault = status === 0 || (status >= 500 && status !== 503) || (hasSession && status === 404);
  if (isFault && tally.broken.length < most) tally.broken.push(`${status} ${failure ?? text.slice(0, 200)} for ${sent.toString("base64").slice(0, 2_000)}`);
};

const together = async (messages: number, one: (number: number) => Promise<void>): Promise<void> => {
  let number = 0;
  const worker = async (): Promise<void> => {
    while (number < messages) {
      number += 1;
      await one(number);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};

const accepts = ["application/json, text/event-stream", "application/json, text/event-stream", "application/json", "text/event-stream"] as const;
const visible = (bytes: Buffer): string => bytes.toString("latin1").replaceAll(/[^\x20-\x7e]/g, "").slice(0, 2_000);

/** Mutated messages of a client through one session, all of them over a few connections. */
export async function fuzzSession(sender: Sender, messages: number, seed: number, tally: Tally): Promise<void> {
  const random = new Random(seed);
  const listening = sender.listen();
  await together(messages, async (number) => {
    const body = mutate(sessionMessage(number, random), random);
    count(tally, await sender.post(body, { accept: random.pick(accepts) }), body, true);
  });
  listening.close();
}

/** Mutated requests of revision 2026-07-28, some with headers that are wrong as well. */
export async function fuzzStateless(sender: Sender, messages: number, seed: number, tally: Tally): Promise<void> {
  const random = new Random(seed);
  await together(messages, async (number) => {
    const { text, headers } = statelessMessage(number, random);
    const body = mutate(text, random);
    const names = Object.keys(headers);
    const wrong = names[random.below(names.length)];
    if (wrong !== undefined && random.chance(0.1)) headers[wrong] = visible(mutate(JSON.stringify(headers[wrong]), random));
    count(tally, await sender.post(body, { ...headers, accept: random.pick(accepts) }), body, false);
  });
}

/** Makes the server behind a session say mutated lines, while well-formed calls go on in it. */
export async function fuzzFromServer(sender: Sender, lines: number, seed: number, tally: Tally, headers: Readonly<Record<string, string>> = {}, meta: object = {}): Promise<void> {
  const perCall = 1_000;
  const listening = sender.sessionId === undefined ? undefined : sender.listen();
  for (let said = 0; said < lines; said += perCall) {
    const linesNow = Math.min(perCall, lines - said);
    const raving = JSON.stringify({ jsonrpc: "2.0", id: `l-${said}`, method: "lines", params: { count: linesNow, seed: seed + said, _meta: meta } });
    const calls = [raving, ...Array.from({ length: 5 }, (_, at) => JSON.stringify({ jsonrpc: "2.0", id: said + at, method: "lines", params: { count: 0, seed: 0, _meta: meta } }))];
    const sent = await Promise.all(calls.map((call) => sender.post(call, headers)));
    const faults: Tally = newTally();
    for (const [at, one] of sent.entries()) count(faults, one, calls[at] ?? "", sender.sessionId !== undefined);
    tally.messages += linesNow;
    for (const [status, times] of Object.entries(faults.statuses)) tally.statuses[status] = (tally.statuses[status] ?? 0) + times;
    tally.broken.push(...faults.broken.slice(0, Math.max(0, most - tally.broken.length)));
  }
  listening?.close();
}
