import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CanaryWatch, type Gateway, isObject, signIn, tokensIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { documentedEvents, readPage } from "../support/documented-events.ts";
import { useGateway } from "../support/use-gateway.ts";

interface KeptEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function eventsOf(gateway: Gateway): readonly KeptEvent[] {
  return ["auth.db", "vault.db", "refresher.db"].flatMap((file) => {
    const database = new DatabaseSync(join(gateway.folders.data, file), { readOnly: true });
    try {
      return database
        .prepare("select type, data, meta from es_events")
        .all()
        .map(({ type, data, meta }) => {
          const facts: unknown = JSON.parse(String(data));
          return { type: String(type), data: isObject(facts) ? facts : {}, text: `${String(data)} ${String(meta)}` };
        });
    } finally {
      database.close();
    }
  });
}

function auditRowsOf(gateway: Gateway): readonly string[] {
  const database = new DatabaseSync(join(gateway.folders.data, "auth.db"), { readOnly: true });
  try {
    return database
      .prepare("select facts from au_audit")
      .all()
      .map(({ facts }) => String(facts));
  } finally {
    database.close();
  }
}

describe("D02 the events of a gateway in use", () => {
  const gateway = useGateway({ environment: { REFRESH_REPLAY_WINDOW: "0" } });

  it("hold the facts that docs/events.md lists and no other, and none of the secrets they are about", async () => {
    const watch = new CanaryWatch();
    watch.watch("password", gateway().password);
    for (const end of ["reuse", "replay", "revoke"] as const) {
      const { client, tokens, code, made } = await signIn(gateway());
      const rotated = tokensIn(await client.refresh(tokens.refreshToken));
      for (const [name, value] of Object.entries({ code, verifier: made.pkce.verifier, challenge: made.pkce.challenge, state: made.state, ...tokens, next: rotated.refreshToken })) {
        watch.watch(`${name} of ${end}`, value);
      }
      if (end === "reuse") await client.refresh(tokens.refreshToken);
      if (end === "replay") await client.exchange(code, made);
    }
    await gateway().run("revoke", "--user", "owner");
    await gateway().run("keys", "rotate");

    const events = eventsOf(gateway());
    const documented = documentedEvents();
    for (const { type, data } of events) {
      const { always = [], sometimes = [] } = documented.get(type) ?? {};
      expect(Object.keys(data).filter((name) => !sometimes.includes(name)).toSorted(), type).toEqual([...always].toSorted());
    }
    expect(watch.searchText("events", events.map(({ text }) => text).join("\n"))).toEqual([]);
    const trail = auditRowsOf(gateway());
    expect(trail.length).toBeGreaterThan(20);
    expect(watch.searchText("audit trail", trail.join("\n"))).toEqual([]);
    for (const text of trail) expect(text).not.toMatch(/127\.0\.0\.1|::1|"(?!actor)\w+":"owner"/);
    for (const { text } of events) expect(text).not.toMatch(/127\.0\.0\.1(?!:9\/callback)|::1|"owner"(?!,"correlationId")/);
    const seen = new Set(events.map(({ type }) => type));
    for (const type of ["RefreshTokenReuseDetected", "AuthorizationCodeReplayed", "GrantRevoked", "SubjectSignedOut", "SigningKeyRetired", "KeyPromoted"]) expect(seen).toContain(type);
  });

  it("lie in files that docs/storage-schema.md names, and nothing else lies there", () => {
    const page = readPage("storage-schema.md");
    const names = readdirSync(gateway().folders.data);
    expect(names).toContain("operator.sock");
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    for (const name of names) expect(lstatSync(join(gateway().folders.data, name)).mode & 0o077, name).toBe(0);
  });
});
