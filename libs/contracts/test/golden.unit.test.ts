import { readFileSync } from "node:fs";
import type { TSchema } from "typebox";
import { Value } from "typebox/value";
import { describe, expect, test } from "vitest";
import { authV1, refresherV1, vaultV1 } from "../src/index.ts";

interface Golden {
  readonly request?: unknown;
  readonly response?: unknown;
  readonly event?: Record<string, unknown>;
  readonly body?: unknown;
  readonly refusedRequests?: readonly unknown[];
  readonly refusedResponses?: readonly unknown[];
}

interface Contract {
  readonly subject: string;
  readonly request?: TSchema;
  readonly response?: TSchema;
  readonly envelope?: TSchema;
  readonly body?: TSchema;
}

const goldenOf = (name: string): Record<string, Golden> => JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"));
const contractsOf = (version: object): Contract[] =>
  Object.values(version).filter((value: unknown): value is Contract => typeof value === "object" && value !== null && "subject" in value);

/** What other versions of a service send: literals, so that a change of a schema that breaks them is seen. */
describe.each([
  ["auth-v1", authV1],
  ["refresher-v1", refresherV1],
  ["vault-v1", vaultV1],
])("%s", (name, version) => {
  const golden = goldenOf(name);
  const contracts = contractsOf(version);

  test("has a golden message for every contract, and none for another", () => {
    expect(Object.keys(golden).toSorted()).toEqual(contracts.map(({ subject }) => subject).toSorted());
  });

  test.each(contracts)("$subject takes its golden messages, with fields it does not know, and refuses the broken ones", (contract) => {
    const { request, response, event, body, refusedRequests = [], refusedResponses = [] } = golden[contract.subject] ?? {};
    const pairs = [
      [contract.request, request],
      [contract.response, response],
      [contract.envelope, event],
      [contract.body, body],
    ] as const;
    for (const [schema, message] of pairs) {
      if (schema === undefined) continue;
      expect(Value.Check(schema, message)).toBe(true);
      expect(Value.Check(schema, { ...(message as object), added: "by a newer version" })).toBe(true);
    }
    for (const refused of refusedRequests) expect(contract.request !== undefined && Value.Check(contract.request, refused)).toBe(false);
    for (const refused of refusedResponses) expect(contract.response !== undefined && Value.Check(contract.response, refused)).toBe(false);
  });

  test("an event of a newer schema, of another type, or without its place in the stream is refused", () => {
    for (const { subject, envelope } of contracts) {
      const event = golden[subject]?.event;
      if (envelope === undefined || event === undefined) continue;
      for (const broken of [{ ...event, schema: 2 }, { ...event, type: "another" }, { ...event, streamVersion: 0 }, { ...event, meta: {} }]) {
        expect(Value.Check(envelope, broken)).toBe(false);
      }
    }
  });
});
