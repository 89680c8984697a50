import { describe, expect, it } from "vitest";
import { type AtTable, setTable } from "../fixtures/shared-table.ts";

const call = (id: number): string => JSON.stringify({ jsonrpc: "2.0", id, method: "x" });
const initialize = JSON.stringify({ jsonrpc: "2.0", id: "i", method: "initialize", params: { capabilities: { roots: {} } } });
const logged = '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"mine"}}';
const question = '{"jsonrpc":"2.0","id":"q","method":"roots/list"}';

/** Two sessions that can be asked; what they heard until now does not count. */
const pair = async (persons: readonly [string, string], onePerson = false) => {
  const table = setTable({}, onePerson);
  table.introduce();
  const sit = (person: string): AtTable => {
    const at = table.sit(person);
    at.send(initialize);
    return at;
  };
  const sessions = [sit(persons[0]), sit(persons[1])] as const;
  await Promise.resolve();
  for (const { heard } of sessions) heard.length = 0;
  /** The numbers that the process knows the requests by, in their order. */
  const numbers = (): readonly number[] => table.written.flatMap((line) => (line.includes('"method":"x"') ? [(JSON.parse(line) as { id: number }).id] : []));
  const answer = (at: number): void => table.say(JSON.stringify({ jsonrpc: "2.0", id: numbers()[at], result: {} }));
  const refused = (): boolean => table.written.some((line) => line.includes('"id":"q","error"'));
  return { table, sessions, answer, refused };
};

describe("C06 C17: what a process that everybody shares says about nobody's request in particular", () => {
  it.each([
    ["a log message", logged],
    ["a question", question],
  ])("reaches the only person whom the process has worked for: %s", async (_what, line) => {
    const { table, sessions: [one, two] } = await pair(["one", "two"]);
    one.send(call(1));
    table.say(line);
    expect([one.heard, two.heard]).toEqual([[line], []]);
  });

  it.each([
    ["a log message", logged],
    ["a question", question],
  ])("reaches nobody who waits after another person was answered, because it may be late: %s", async (_what, line) => {
    const { table, sessions: [one, two], answer, refused } = await pair(["one", "two"]);
    one.send(call(1));
    answer(0);
    two.send(call(2));
    table.say(line);
    expect(one.heard).toHaveLength(1);
    expect(two.heard).toEqual([]);
    expect(refused()).toBe(line === question);
  });

  it("reaches nobody either when the other person has cancelled, or is gone", async () => {
    for (const leave of [(one: AtTable) => one.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}'), (one: AtTable) => one.seat.end()]) {
      const { table, sessions: [one, two] } = await pair(["one", "two"]);
      one.send(call(1));
      await leave(one);
      two.send(call(2));
      for (const line of [logged, question]) table.say(line);
      expect(two.heard).toEqual([]);
    }
  });

  it("reaches nobody when it is about a task, whose status is not everybody's to know", async () => {
    const { table, sessions: [one, two], answer } = await pair(["one", "two"]);
    one.send(call(1));
    answer(0);
    two.send(call(2));
    table.say('{"jsonrpc":"2.0","method":"notifications/tasks/status","params":{"taskId":"t","status":"completed"}}');
    expect([one.heard.length, two.heard.length]).toEqual([1, 0]);
    table.say('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}');
    expect([one.heard.length, two.heard.length]).toEqual([2, 1]);
  });

  it("reaches every session of one person when it is about a task", async () => {
    const { table, sessions: [one, two] } = await pair(["one", "one"], true);
    one.send(call(1));
    table.say('{"jsonrpc":"2.0","method":"notifications/tasks/status","params":{"taskId":"t","status":"completed"}}');
    expect([one.heard.length, two.heard.length]).toEqual([1, 1]);
  });

  it("is not certain either in a process that takes the place of one that ended", async () => {
    const { table, sessions: [one, two], answer } = await pair(["one", "two"]);
    one.send(call(1));
    answer(0);
    table.die();
    two.send(call(2));
    table.say(logged);
    expect(two.heard).toEqual([]);
  });

  it("reaches, among one person's sessions, the only one that waits", async () => {
    const { table, sessions: [one, two], answer } = await pair(["one", "one"], true);
    one.send(call(1));
    answer(0);
    two.send(call(2));
    table.say(question);
    expect(two.heard).toEqual([question]);
  });
});

describe("C24: questions of a shared process", () => {
  it("are limited for each session: one that answers none takes nobody else's", async () => {
    const table = setTable({ questionsPerSession: 1 }, true);
    table.introduce();
    const [one, two] = [table.sit("one"), table.sit("one")];
    const ask = (id: string): void => table.say(JSON.stringify({ jsonrpc: "2.0", id, method: "roots/list" }));
    for (const session of [one, two]) session.send(initialize);
    await Promise.resolve();
    one.send(call(1));
    ask("a");
    ask("b");
    table.say(JSON.stringify({ jsonrpc: "2.0", id: 1, result: {} }));
    two.send(call(2));
    ask("c");
    expect(one.heard.filter((line) => line.includes("roots/list"))).toEqual([expect.stringContaining('"a"')]);
    expect(two.heard.filter((line) => line.includes("roots/list"))).toEqual([expect.stringContaining('"c"')]);
    expect(table.written.filter((line) => line.includes('"error"'))).toEqual([expect.stringContaining('"b"')]);
  });

  it("that were answered, or whose session is over, count no more", async () => {
    const table = setTable({ questionsPerSession: 1 }, true);
    table.introduce();
    const one = table.sit("one");
    one.send(initialize);
    one.send(call(1));
    for (const id of ["a", "b"]) {
      table.say(JSON.stringify({ jsonrpc: "2.0", id, method: "roots/list" }));
      one.send(JSON.stringify({ jsonrpc: "2.0", id, result: {} }));
    }
    expect(table.written.filter((line) => line.includes('"error"'))).toEqual([]);
  });
});

describe("C24: what a session at a shared process subscribes to", () => {
  const subscribe = (id: number, uri: string): string => JSON.stringify({ jsonrpc: "2.0", id, method: "resources/subscribe", params: { uri } });
  const asked = (written: readonly string[]): number => written.filter((line) => line.includes("resources/subscribe")).length;

  it("is so much and no more: another is an error that says what to do, and there is room again after one was given up", async () => {
    const table = setTable({ subscriptionsPerSession: 2 });
    table.introduce();
    const [one, two] = [table.sit("one"), table.sit("two")];
    for (const uri of ["a", "b", "b", "c"]) one.send(subscribe(1, uri));
    await Promise.resolve();
    expect(asked(table.written)).toBe(3);
    expect(one.heard).toEqual(['{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"This session is subscribed to too many resources: unsubscribe from others first."}}']);
    two.send(subscribe(1, "c"));
    expect(asked(table.written)).toBe(4);
    one.send('{"jsonrpc":"2.0","id":2,"method":"resources/unsubscribe","params":{"uri":"a"}}');
    one.send(subscribe(3, "c"));
    expect(asked(table.written)).toBe(5);
  });

  it("has names that are not longer than so many bytes together", async () => {
    const table = setTable({ subscriptionBytes: 100 });
    table.introduce();
    const one = table.sit("one");
    one.send(subscribe(1, "a".repeat(90)));
    one.send(subscribe(2, "b".repeat(90)));
    await Promise.resolve();
    expect(asked(table.written)).toBe(1);
    expect(one.heard).toEqual([expect.stringContaining('"id":2,"error"')]);
  });
});
