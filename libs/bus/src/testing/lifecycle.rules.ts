import { expect, test } from "vitest";
import type { BusUnderTest } from "./bus.contract.ts";
import { bytes, eventually, text } from "./text.ts";

export const lifecycleRules = ({ bus, subject, durable }: BusUnderTest): void => {
  /** A handler that runs until it is let go, and writes down that it ended. */
  const slow = () => {
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const seen: string[] = [];
    const work = async (): Promise<void> => {
      begun.resolve();
      await release.promise;
      seen.push("handler ended");
    };
    return { begun: begun.promise, release: release.resolve, seen, work };
  };

  test("a stopped responder serves nobody", async () => {
    const serving = bus().respond(subject(), "q", async () => ({ payload: bytes("") }));
    await bus().request(subject(), bytes(""));
    await serving.stop();
    await serving.stop();
    await expect(bus().request(subject(), bytes(""))).rejects.toMatchObject({ code: "no_responders" });
  });

  test("a stopped listener hears nothing more, and the others go on", async () => {
    const heard: string[] = [];
    const first = bus().subscribe(subject(), (message) => void heard.push(`first ${text(message.payload)}`));
    bus().subscribe(subject(), (message) => void heard.push(`second ${text(message.payload)}`));
    await first.stop();
    await bus().publish(subject(), bytes("x"));
    await eventually(() => heard).toEqual(["second x"]);
  });

  test("stopping a responder waits for the request under way, which gets its answer", async () => {
    const { begun, release, seen, work } = slow();
    const serving = bus().respond(subject(), "q", async () => work().then(() => ({ payload: bytes("done") })));
    const asked = bus().request(subject(), bytes(""));
    await begun;
    const stopped = serving.stop().then(() => seen.push("stopped"));
    release();
    await stopped;
    expect(seen).toEqual(["handler ended", "stopped"]);
    expect(text((await asked).payload)).toBe("done");
  });

  test("stopping a consumer waits for the message under way, which stays acknowledged", async () => {
    const { begun, release, seen, work } = slow();
    const options = { durable: durable(), filter: subject() };
    const consuming = await bus().consume(options, work);
    await bus().emit(subject(), durable("1"), bytes("1"));
    await begun;
    const stopped = consuming.stop().then(() => seen.push("stopped"));
    release();
    await stopped;
    await consuming.stop();
    expect(seen).toEqual(["handler ended", "stopped"]);
    const got: string[] = [];
    await bus().consume(options, async (message) => void got.push(text(message.payload)));
    await bus().emit(subject(), durable("2"), bytes("2"));
    await eventually(() => got).toEqual(["2"]);
  });

  test("closing lets handlers end and is safe twice", async () => {
    const { begun, release, seen, work } = slow();
    bus().subscribe(subject(), work);
    await bus().publish(subject(), bytes(""));
    await begun;
    const closed = Promise.all([bus().close(), bus().close()]).then(() => seen.push("closed"));
    release();
    await closed;
    expect(seen).toEqual(["handler ended", "closed"]);
  });

  test("a closed bus refuses everything with unavailable", async () => {
    await bus().close();
    const refused = { code: "unavailable" };
    await expect(bus().request(subject(), bytes(""))).rejects.toMatchObject(refused);
    await expect(bus().publish(subject(), bytes(""))).rejects.toMatchObject(refused);
    await expect(bus().emit(subject(), durable("id"), bytes(""))).rejects.toMatchObject(refused);
    await expect(bus().consume({ durable: durable(), filter: subject() }, async () => undefined)).rejects.toMatchObject(refused);
    expect(() => bus().subscribe(subject(), () => undefined)).toThrow(/unavailable/);
    expect(() => bus().respond(subject(), "q", async () => ({ payload: bytes("") }))).toThrow(/unavailable/);
  });

  test("a request under way when the bus closes is not left waiting", async () => {
    const { begun, release, work } = slow();
    bus().respond(subject(), "q", async () => work().then(() => ({ payload: bytes("done") })));
    const asked = bus().request(subject(), bytes(""), { timeoutMs: 600_000 });
    const outcome = asked.then((reply) => text(reply.payload), String);
    await begun;
    const closed = bus().close();
    release();
    await closed;
    expect(await outcome).toMatch(/^done$|unavailable/);
  });
};
