import { Secret } from "@mcp-auth-proxy/crypto";
import { type LaunchedPostgres, launchPostgres } from "@mcp-auth-proxy/testing/servers";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { EventStore } from "../../src/port.ts";
import { openPostgresStore } from "../../src/sql/postgres.ts";
import { ledger } from "../../src/testing/ledger.ts";

export const clock = { now: () => 1_700_000_000_000 };

/** One server for the file, an empty schema for each test. */
export interface PostgresBench {
  readonly server: LaunchedPostgres;
  readonly url: string;
  readonly schema: string;
  /** Opens the schema as one more process would; closed after the test. */
  open(schema?: string): Promise<EventStore>;
}

export const usePostgres = (): (() => PostgresBench) => {
  let server: LaunchedPostgres | undefined;
  let bench: PostgresBench | undefined;
  let opened: EventStore[] = [];
  beforeAll(async () => {
    server = await launchPostgres();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    if (server === undefined) throw new Error("no server");
    const url = await server.createDatabase();
    bench = {
      server,
      url,
      schema: "ledger",
      open: async (schema = "ledger") => {
        const store = await openPostgresStore({ definition: ledger, url: Secret.of(url), schema, clock });
        opened.push(store);
        return store;
      },
    };
  });
  afterEach(async () => {
    for (const store of opened) await store.close();
    opened = [];
  });
  return () => {
    if (bench === undefined) throw new Error("only inside of a test");
    return bench;
  };
};
