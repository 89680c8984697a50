import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../../src/sql/sqlite.ts";
import { account, ledger } from "../../src/testing/ledger.ts";

const script = fileURLToPath(new URL("append-until-killed.ts", import.meta.url));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "event-store-killed-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs the child until it has acknowledged `enough` more versions, kills it, and answers all that it printed. */
const killAfter = async (file: string, enough: number): Promise<readonly number[]> => {
  const child = spawn(process.execPath, [script, file], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    if (printed.split("\n").length > enough) child.kill("SIGKILL");
  });
  const [code, signal] = await once(child, "close");
  expect([code, signal]).toEqual([null, "SIGKILL"]);
  return printed.split("\n").filter(Boolean).map(Number);
};

test("kill -9 loses nothing that was acknowledged, leaves no gap, and nothing half done", async () => {
  const file = join(folder, "store.db");
  let acknowledged: readonly number[] = [];
  for (const enough of [1, 25, 60]) {
    acknowledged = [...acknowledged, ...(await killAfter(file, enough))];
    const store = await openSqliteStore({ definition: ledger, file, clock: { now: () => Date.now() } });
    const [a, b] = await store.transact(async (transaction) => [
      await transaction.read(account.streamId("a")),
      await transaction.read(account.streamId("b")),
    ]);
    const commands: readonly object[] = await store.sql.selectFrom("es_commands").select("command_id").execute();
    const moved: readonly object[] = await store.sql.selectFrom("rm_movements").select(["stream_id", "moved"]).orderBy("stream_id").execute();
    const feed = await store.readFeed({ logEpoch: 1, position: 0 }, 1_000);
    await store.close();
    const versions = a.map((event) => event.streamVersion);
    expect(versions).toEqual(Array.from({ length: versions.length }, (_, index) => index + 1));
    expect(versions).toEqual(expect.arrayContaining([...acknowledged]));
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    // One transaction wrote both streams, the outcome and the read model.
    expect([b.length, commands.length]).toEqual([a.length, a.length]);
    expect(moved).toEqual([
      { stream_id: "account-a", moved: a.length },
      { stream_id: "account-b", moved: a.length },
    ]);
    expect(feed.events.map((event) => event.position)).toEqual(Array.from({ length: 2 * a.length }, (_, index) => index + 1));
  }
});
