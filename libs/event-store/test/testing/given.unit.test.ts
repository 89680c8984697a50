import { describe, expect, test } from "vitest";
import { given } from "../../src/testing/given.ts";
import { account } from "../../src/testing/ledger.ts";

const paidIn = (amount: number) => ({ type: "MoneyPaidIn", data: { amount } }) as const;

describe("given, when, then", () => {
  test("passes when the events follow from the past", () => {
    given(account, [paidIn(5)]).when({ kind: "take-out", amount: 5 }).then([{ type: "MoneyTakenOut", data: { amount: 5 } }]);
    given(account, []).when({ kind: "pay-in", amount: 0 }).then([]);
    given(account, [paidIn(4)]).when({ kind: "take-out", amount: 5 }).thenRejected("too-little");
  });

  test("fails when other events follow", () => {
    const outcome = given(account, []).when({ kind: "pay-in", amount: 5 });
    expect(() => outcome.then([paidIn(4)])).toThrow();
    expect(() => outcome.then([])).toThrow();
    expect(() => outcome.thenRejected("too-little")).toThrow();
  });

  test("fails when it is rejected, or for another reason", () => {
    const outcome = given(account, []).when({ kind: "take-out", amount: 5 });
    expect(() => outcome.then([])).toThrow();
    expect(() => outcome.thenRejected("another")).toThrow();
  });

  test("fails when an event follows that the decider does not list", () => {
    const forgetful = { ...account, eventTypes: { MoneyTakenOut: 1, MoneyPaidIn: 1 } };
    Reflect.deleteProperty(forgetful.eventTypes, "MoneyPaidIn");
    expect(() => given(forgetful, []).when({ kind: "pay-in", amount: 5 }).then([paidIn(5)])).toThrow(/does not list/);
  });
});
