import { err, ok } from "@mcp-auth-proxy/contracts";
import type { Decider } from "../decider.ts";
import type { StoreDefinition } from "../definition.ts";
import type { InlineProjection } from "../port.ts";

export type AccountEvent =
  | { readonly type: "MoneyPaidIn"; readonly data: { readonly amount: number } }
  | { readonly type: "MoneyTakenOut"; readonly data: { readonly amount: number } };

export type AccountCommand = { readonly kind: "pay-in" | "take-out"; readonly amount: number };

/** A small domain of our own for the suites: an account that never goes below nothing. */
export const account: Decider<number, AccountCommand, AccountEvent, "too-little"> = {
  name: "account",
  eventTypes: { MoneyPaidIn: 1, MoneyTakenOut: 1 },
  initialState: 0,
  decide: ({ kind, amount }, balance) => {
    if (amount === 0) return ok([]);
    if (kind === "pay-in") return ok([{ type: "MoneyPaidIn", data: { amount } }]);
    return amount > balance ? err("too-little") : ok([{ type: "MoneyTakenOut", data: { amount } }]);
  },
  evolve: (balance, event) => (event.type === "MoneyPaidIn" ? balance + event.data.amount : balance - event.data.amount),
  streamId: (id) => `account-${id}`,
};

/** How often a stream has moved: wrong as soon as an event is applied twice, not at all, or from an aborted transaction. */
export const movements: InlineProjection = {
  name: "movements",
  tables: ["rm_movements"],
  apply: async (event, sql) => {
    await sql
      .insertInto("rm_movements")
      .values({ stream_id: event.streamId, moved: 1, last_version: event.streamVersion })
      .onConflict((conflict) =>
        conflict.column("stream_id").doUpdateSet((eb) => ({ moved: eb("rm_movements.moved", "+", 1), last_version: event.streamVersion })),
      )
      .execute();
  },
};

export const ledger: StoreDefinition = {
  name: "ledger",
  deciders: [account],
  projections: [movements],
  migrations: [
    {
      name: "ledger-001-movements",
      up: [
        "create table rm_movements (stream_id text not null primary key, moved integer not null, last_version integer not null)",
        "create table tt_notes (id text not null primary key, note text not null)",
      ],
    },
  ],
};
