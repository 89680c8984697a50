import { AppError } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { expect, it } from "vitest";
import { openCurrent } from "../../src/bus/open-current.ts";
import type { LeasedCredential } from "../../src/domain/lease.ts";

const lines: string[] = [];
const log = createLog({ level: "error", format: "json", destination: { write: (line) => lines.push(line) } });
const ofGeneration = (generation: number): LeasedCredential => ({
  facts: { credentialId: "c", subjectId: "ada", resource: "r", provider: "google", generation, scope: "", refreshable: true, storedAt: 0 },
});

it("looks again when a refresh has put another generation in the place of the one it found", async () => {
  let current = 1;
  const { credential, opened } = await openCurrent({
    find: () => Promise.resolve(ofGeneration(current)),
    open: ({ facts }) => {
      // The refresh happens between the look and the opening.
      if (facts.generation === 1) current = 2;
      return Promise.resolve(facts.generation === 2 ? Secret.of(Buffer.from("two")) : undefined);
    },
    log,
  });
  expect([credential.facts.generation, opened.reveal().toString()]).toEqual([2, "two"]);
});

it("gives up on what does not open however often it looks, tells the log, and asks for its owner", async () => {
  let looks = 0;
  const asked = openCurrent({
    find: () => {
      looks += 1;
      return Promise.resolve(ofGeneration(1));
    },
    open: () => Promise.resolve(undefined),
    log,
  });
  await expect(asked).rejects.toMatchObject({ code: "reconnect_required" });
  expect(looks).toBe(3);
  expect(lines.join("")).toContain("a credential does not open");
});

it("ends with the refusal of what may not be lent any more", async () => {
  const answers = [ofGeneration(1)];
  const asked = openCurrent({
    find: () => {
      const [found] = answers.splice(0);
      return found === undefined ? Promise.reject(new AppError("conflict", "another generation")) : Promise.resolve(found);
    },
    open: () => Promise.resolve(undefined),
    log,
  });
  await expect(asked).rejects.toMatchObject({ code: "conflict" });
});
