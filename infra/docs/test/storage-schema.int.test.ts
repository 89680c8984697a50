import { readFileSync } from "node:fs";
import { openSqliteStore } from "@mcp-auth-proxy/event-store";
import { describe, expect, it } from "vitest";
import { logs } from "../events-page.ts";
import { tablesInPage } from "../tables-in-page.ts";

const page = tablesInPage(readFileSync(new URL("../../../docs/storage-schema.md", import.meta.url), "utf8"));

const columnsOf = async (definition: (typeof logs)[number]["definition"]): Promise<ReadonlyMap<string, readonly string[]>> => {
  const store = await openSqliteStore({ definition, file: ":memory:", clock: { now: () => 0 } });
  try {
    const tables = await store.sql.introspection.getTables();
    return new Map(tables.map(({ name, columns }) => [name, columns.map((column) => column.name)]));
  } finally {
    await store.close();
  }
};

describe("docs/storage-schema.md", () => {
  it.each(logs)("describes every table and column of $title, and none that is not there", async ({ definition }) => {
    const tables = await columnsOf(definition);
    expect(tables.size).toBeGreaterThan(5);
    for (const [name, columns] of tables) expect([...(page.get(name) ?? [])].toSorted(), name).toEqual(columns.toSorted());
  });

  it("describes no table that no service has", async () => {
    const known = await Promise.all(logs.map(async ({ definition }) => [...(await columnsOf(definition)).keys()]));
    expect([...page.keys()].filter((name) => !known.flat().includes(name))).toEqual([]);
  });
});
