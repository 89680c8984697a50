import type { InlineProjection } from "@mcp-auth-proxy/event-store";
import { clientDecider, type ClientFacts } from "../domain/client.ts";
import { parseClientFacts } from "./client-facts.ts";
import { isEventOf } from "./event-of.ts";
import type { AuthSql } from "./tables.ts";

/** A client that completed an authorization. */
export interface KnownClient {
  readonly clientId: string;
  readonly active: boolean;
  readonly facts: ClientFacts;
}

/** `rm_clients`: every client that completed an authorization, as it is now. */
export const clientsProjection: InlineProjection = {
  name: "clients",
  tables: ["rm_clients"],
  apply: async (event, sql: AuthSql) => {
    if (!isEventOf(clientDecider, event)) return;
    const { clientId } = event.data;
    const row = sql.updateTable("rm_clients").where("client_id", "=", clientId);
    switch (event.type) {
      case "ClientRegistered":
        await sql.insertInto("rm_clients").values({ client_id: clientId, status: "active", facts: JSON.stringify(event.data.facts) }).execute();
        return;
      case "ClientUpdated":
        await row.set({ facts: JSON.stringify(event.data.facts) }).execute();
        return;
      case "ClientDisabled":
        await row.set({ status: "disabled" }).execute();
        return;
      default:
        event satisfies never;
    }
  },
};

export const findClient = async (sql: AuthSql, clientId: string): Promise<KnownClient | undefined> => {
  const row = await sql.selectFrom("rm_clients").selectAll().where("client_id", "=", clientId).executeTakeFirst();
  if (row === undefined) return undefined;
  return { clientId: row.client_id, active: row.status === "active", facts: parseClientFacts(row.facts) };
};
