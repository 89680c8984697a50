import { expect, test } from "vitest";
import type { BusUnderTest } from "./bus.contract.ts";
import { bytes, eventually, text } from "./text.ts";

const patterns: readonly { readonly listen: string; readonly hears: readonly string[]; readonly deaf: readonly string[] }[] = [
  { listen: "a.b", hears: ["a.b"], deaf: ["a", "a.b.c", "a.c", "A.b"] },
  { listen: "a.*", hears: ["a.b", "a.c"], deaf: ["a", "a.b.c"] },
  { listen: "*.b", hears: ["a.b", "c.b"], deaf: ["b", "a.b.b"] },
  { listen: "a.>", hears: ["a.b", "a.b.c"], deaf: ["a", "b.a"] },
  { listen: "a.*.c.>", hears: ["a.b.c.d", "a.b.c.d.e"], deaf: ["a.b.c", "a.c.d"] },
];

export const publishRules = ({ bus, subject }: BusUnderTest): void => {
  test("everybody who listens gets a published message, with its headers", async () => {
    const heard: string[] = [];
    for (const name of ["one", "two"]) bus().subscribe(subject(), (message) => void heard.push(`${name} ${text(message.payload)} ${message.headers["x"]}`));
    await bus().publish(subject(), bytes("hello"), { x: "y" });
    await eventually(() => heard.toSorted()).toEqual(["one hello y", "two hello y"]);
  });

  test("each listener owns its copy", async () => {
    const heard: string[] = [];
    const listener = (message: { payload: Uint8Array }): void => {
      heard.push(text(message.payload));
      message.payload.fill(0);
    };
    bus().subscribe(subject(), listener);
    bus().subscribe(subject(), listener);
    const payload = bytes("hello");
    const sent = bus().publish(subject(), payload);
    payload.fill(0);
    await sent;
    await eventually(() => heard).toEqual(["hello", "hello"]);
  });

  test("publishing to nobody is fine", async () => {
    await expect(bus().publish(subject(), bytes("x"))).resolves.toBeUndefined();
  });

  test("publishing does not wait for a listener", async () => {
    const release = Promise.withResolvers<void>();
    bus().subscribe(subject(), () => release.promise);
    await expect(bus().publish(subject(), bytes("x"))).resolves.toBeUndefined();
    release.resolve();
  });

  test("handlers run later than the call that publishes", async () => {
    const order: string[] = [];
    bus().subscribe(subject(), () => void order.push("handled"));
    const sent = bus().publish(subject(), bytes("x"));
    order.push("called");
    await sent;
    await eventually(() => order).toEqual(["called", "handled"]);
  });

  test("messages of one publisher are heard in order", async () => {
    const heard: string[] = [];
    bus().subscribe(subject(), (message) => void heard.push(text(message.payload)));
    const expected = Array.from({ length: 100 }, (_, index) => String(index));
    for (const each of expected) await bus().publish(subject(), bytes(each));
    await eventually(() => heard).toEqual(expected);
  });

  test("of a queue group one member gets each message", async () => {
    const heard = { grouped: 0, alone: 0 };
    for (const _ of [1, 2, 3]) bus().subscribe(subject(), () => void (heard.grouped += 1), "group");
    bus().subscribe(subject(), () => void (heard.alone += 1));
    for (let index = 0; index < 30; index += 1) await bus().publish(subject(), bytes("x"));
    await eventually(() => heard).toEqual({ grouped: 30, alone: 30 });
  });

  test("who listens later hears nothing of before", async () => {
    const heard: string[] = [];
    await bus().publish(subject(), bytes("before"));
    bus().subscribe(subject(), (message) => void heard.push(text(message.payload)));
    await bus().publish(subject(), bytes("after"));
    await eventually(() => heard).toEqual(["after"]);
  });

  test("a listener that throws hears the next message", async () => {
    const heard: string[] = [];
    bus().subscribe(subject(), async (message) => {
      heard.push(text(message.payload));
      throw new Error("not now");
    });
    await bus().publish(subject(), bytes("one"));
    await bus().publish(subject(), bytes("two"));
    await eventually(() => heard).toEqual(["one", "two"]);
  });

  test.each(patterns)("a listener on $listen hears $hears and not $deaf", async ({ listen, hears, deaf }) => {
    const heard: string[] = [];
    bus().subscribe(subject(listen), (message) => void heard.push(message.subject));
    bus().subscribe(subject("end"), (message) => void heard.push(message.subject));
    for (const each of [...deaf, ...hears, "end"]) await bus().publish(subject(each), bytes(""));
    await eventually(() => heard).toEqual([...hears, "end"].map((each) => subject(each)));
  });

  test.each(["", "a b", "a..b", ".a", "a.", "a.*", "a.>", "a\nb", "a".repeat(300)])("the malformed subject %j is refused", async (malformed) => {
    await expect(bus().publish(malformed, bytes(""))).rejects.toMatchObject({ code: "bad_request" });
    await expect(bus().request(malformed, bytes(""))).rejects.toMatchObject({ code: "bad_request" });
    await expect(bus().emit(malformed, "id", bytes(""))).rejects.toMatchObject({ code: "bad_request" });
  });

  test.each(["", "a b", "a..b", "a.>.b", "a.b*"])("listening on the malformed pattern %j is refused", (malformed) => {
    expect(() => bus().subscribe(malformed, () => undefined)).toThrow(/bad_request/);
  });

  test.each([{ "x": "line\r\nbreak: 1" }, { "X-Upper": "1" }, { "a b": "1" }, { "": "1" }])("the header %j is refused", async (headers) => {
    await expect(bus().publish(subject(), bytes(""), headers)).rejects.toMatchObject({ code: "bad_request" });
  });

  test("1 MiB passes and one byte more is refused", async () => {
    const sizes: number[] = [];
    bus().subscribe(subject(), (message) => void sizes.push(message.payload.byteLength));
    await bus().publish(subject(), new Uint8Array(1_048_576));
    await expect(bus().publish(subject(), new Uint8Array(1_048_577))).rejects.toMatchObject({ code: "bad_request" });
    await bus().publish(subject(), bytes("x"));
    await eventually(() => sizes).toEqual([1_048_576, 1]);
  });
};
