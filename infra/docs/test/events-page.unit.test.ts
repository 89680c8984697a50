import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eventSentences, messageSentences, streamSentences } from "../event-sentences.ts";
import { eventsPage, logs } from "../events-page.ts";
import { messages } from "../messages.ts";

const deciders = logs.flatMap(({ definition }) => definition.deciders);
const sorted = (names: Iterable<string>): readonly string[] => [...names].toSorted();

it("docs/events.md says what the code says (if red: npm run docs)", () => {
  expect(readFileSync(new URL("../../../docs/events.md", import.meta.url), "utf8")).toBe(eventsPage());
});

describe("every sentence belongs to something, and everything has one", () => {
  it("events", () => {
    expect(sorted(Object.keys(eventSentences))).toEqual(sorted(deciders.flatMap((decider) => Object.keys(decider.eventTypes))));
  });

  it("streams", () => {
    expect(sorted(Object.keys(streamSentences))).toEqual(sorted(deciders.map((decider) => decider.name)));
  });

  it("public events, commands and queries", () => {
    expect(sorted(Object.keys(messageSentences))).toEqual(sorted(messages.map(({ subject }) => subject)));
  });
});

it("names the fields of every message, those of lists and choices too", () => {
  const page = eventsPage();
  expect(page).toContain("`keys: { kty: \"EC\", crv: \"P-256\", x, y, kid, alg: \"ES256\", use: \"sig\" }[]`");
  expect(page).toContain("reason: \"operator\" \\| \"person\" \\| \"client\" \\| \"code-replayed\" \\| \"refresh-token-reused\"");
  for (const { carries, answer } of messages) expect(`${carries}${answer ?? ""}`).not.toBe("");
});
