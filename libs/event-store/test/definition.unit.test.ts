import { describe, expect, test } from "vitest";
import { checkDefinition, type StoreDefinition } from "../src/definition.ts";
import { account, ledger, movements } from "../src/testing/ledger.ts";

const migrating = (...up: readonly string[]): StoreDefinition => ({ ...ledger, migrations: [{ name: "ledger-001", up }] });

describe("a store definition", () => {
  test("answers with the events that its deciders list", () => {
    expect([...checkDefinition(ledger)]).toEqual([
      ["MoneyPaidIn", 1],
      ["MoneyTakenOut", 1],
    ]);
  });

  test.each<readonly [string, StoreDefinition, RegExp]>([
    ["two migrations of one name", { ...ledger, migrations: [...ledger.migrations, ...ledger.migrations] }, /used twice/],
    ["two projections of one name", { ...ledger, projections: [movements, { ...movements, tables: ["rm_other"] }] }, /used twice/],
    ["two projections of one table", { ...ledger, projections: [movements, { ...movements, name: "other" }] }, /share the table rm_movements/],
    ["a projection of a table that a rebuild must not empty", { ...ledger, projections: [{ ...movements, tables: ["cx_subject"] }] }, /cx_subject must start with rm_/],
    ["two deciders of one name", { ...ledger, deciders: [account, { ...account, eventTypes: { Other: 1 } }] }, /used twice/],
    ["two deciders of one event", { ...ledger, deciders: [account, { ...account, name: "other" }] }, /two deciders write the event MoneyPaidIn/],
    ["a schema below 1", { ...ledger, deciders: [{ ...account, eventTypes: { MoneyPaidIn: 0 } }] }, /schema of MoneyPaidIn/],
    ["an append-only table that a sweep must shorten", { ...ledger, migrations: [{ name: "m", up: [], appendOnly: ["tt_notes"] }] }, /tt_notes must start with au_/],
    ["a state that a snapshot could not keep", { ...ledger, deciders: [{ ...account, initialState: new Map() }] }, /decider account/],
    ["a statement that begins with a line comment", migrating("-- why\ncreate table tt_a (id text)"), /begins with a comment/],
    ["a statement that begins with a block comment", migrating("  /* why */ create table tt_a (id text)"), /begins with a comment/],
    ["an empty statement", migrating(" "), /empty/],
    ["two statements in one text", migrating("create table tt_a (id text); create table tt_b (id text)"), /two statements/],
    ["a table without a kind", migrating("create table sessions (id text)"), /sessions must start with/],
    ["a table among the store's own", migrating("create table if not exists es_events (id text)"), /es_events must start with/],
  ])("refuses %s", (_what, definition, message) => {
    expect(() => checkDefinition(definition)).toThrow(message);
    expect(() => checkDefinition(definition)).toThrow(expect.objectContaining({ code: "internal" }));
  });

  test.each([
    ["a semicolon at the end", "create table tt_a (id text);\n"],
    ["a comment further on", "create table tt_a (id text) -- why"],
    ["a quoted name", 'create table "tt_a" (id text)'],
    ["a trigger with a body", "create trigger au_no_update before update on au_audit begin select raise(abort, 'no'); end"],
    ["an index", "create index tt_a_by_expiry on tt_a (expires_at)"],
  ])("takes %s", (_what, statement) => {
    expect(() => checkDefinition(migrating(statement))).not.toThrow();
  });
});
