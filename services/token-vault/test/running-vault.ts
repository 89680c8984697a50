import { randomUUID } from "node:crypto";
import { FakeAuth } from "@mcp-auth-proxy/access-token/testing";
import { vaultV1, type Sealed } from "@mcp-auth-proxy/contracts";
import { createInProcessBus, createMessenger, type Bus, type Messenger } from "@mcp-auth-proxy/bus";
import { createSealingKeyPair, Keyring, sealTo, type SealingKeyPair } from "@mcp-auth-proxy/crypto";
import { openSqliteStore, type EventStore } from "@mcp-auth-proxy/event-store";
import type { Service } from "@mcp-auth-proxy/http";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { createFakeClock } from "@mcp-auth-proxy/testing";
import { composeTokenVault, tokenVaultStore, type Ciphertexts } from "../src/index.ts";

export const oldKey = "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w=";
export const newKey = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=";
export const clock = createFakeClock();
export const issuer = "https://mcp.example.com";
export const resource = `${issuer}/mcp`;
export const filesResource = `${issuer}/files/mcp`;
export const refreshThresholdMs = 300_000;

/** A vault on a store, auth's end of the bus, and all that crossed the bus or went into the log. */
export interface RunningVault {
  readonly vault: Service;
  readonly store: EventStore;
  readonly auth: Messenger;
  /** Signs people's tokens, tells of revocations. */
  readonly fakeAuth: FakeAuth;
  readonly traffic: readonly string[];
  readonly logLines: readonly string[];
  stop(): Promise<void>;
}

/** The same bus, with every payload also written down. */
const recording = (bus: Bus, traffic: string[]): Bus => {
  const note = (subject: string, payload: Uint8Array): void => {
    traffic.push(`${subject} ${Buffer.from(payload).toString("latin1")}`);
  };
  return {
    ...bus,
    request: async (subject, payload, options) => {
      note(subject, payload);
      const reply = await bus.request(subject, payload, options);
      note(`${subject} reply`, reply.payload);
      return reply;
    },
    publish: (subject, payload, headers) => {
      note(subject, payload);
      return bus.publish(subject, payload, headers);
    },
    emit: (subject, messageId, payload, headers) => {
      note(subject, payload);
      return bus.emit(subject, messageId, payload, headers);
    },
  };
};

export interface VaultOptions {
  readonly file: string;
  readonly keys: string;
  /** What AUTH_ENCRYPTION_SECRET says when it is read again; the same unless given. */
  readonly keysNow?: () => string;
  /** Another store than the file; otherwise `file` is opened. */
  readonly store?: EventStore;
  readonly ciphertexts?: Ciphertexts;
  /** The servers there are; two unless given. */
  readonly resources?: readonly string[];
}

export const startVault = async (options: VaultOptions): Promise<RunningVault> => {
  const traffic: string[] = [];
  const logLines: string[] = [];
  const log = createLog({ level: "debug", format: "json", destination: { write: (line) => logLines.push(line) } });
  const bus = recording(createInProcessBus({ clock }), traffic);
  const store = options.store ?? (await openSqliteStore({ definition: tokenVaultStore, file: options.file, clock }));
  const vault = await composeTokenVault({
    store,
    bus,
    config: { issuer, resources: () => options.resources ?? [resource, filesResource], refreshThresholdMs },
    keyring: Keyring.parse(options.keys),
    readKeyring: () => Keyring.parse(options.keysNow?.() ?? options.keys),
    ...(options.ciphertexts === undefined ? {} : { ciphertexts: options.ciphertexts }),
    clock,
    log,
    tracer: noTracer,
  });
  await vault.start();
  const fakeAuth = await FakeAuth.start(bus, clock, issuer);
  return {
    vault,
    store,
    auth: createMessenger({ bus, service: "auth", log, tracer: noTracer }),
    fakeAuth,
    traffic,
    logLines,
    stop: async () => {
      await vault.stop(1_000);
      await fakeAuth.stop();
      await bus.close();
      await store.close();
    },
  };
};

export const sealedToVault = async (auth: Messenger, secret: string): Promise<Sealed> => {
  const [key] = (await auth.ask(vaultV1.sealingKeys, {})).keys;
  if (key === undefined) throw new Error("the vault serves no sealing key");
  return sealTo(key, Buffer.from(secret));
};

/** What auth asks to have a secret closed; the answer's ciphertext is auth's to keep. */
export const wrap = async (auth: Messenger, name: string, secret: string, commandId: string = randomUUID()): Promise<string> => {
  const sealed = await sealedToVault(auth, secret);
  return (await auth.ask(vaultV1.wrapAuthSecret, { commandId, name, generation: 1, sealed })).ciphertext;
};

export const unwrap = async (auth: Messenger, name: string, ciphertext: string, generation = 1): Promise<string> => {
  const reply: SealingKeyPair = await createSealingKeyPair();
  const { sealed } = await auth.ask(vaultV1.unwrapAuthSecret, { name, generation, ciphertext, replyKey: reply.publicKey });
  return (await reply.open(sealed)).toString();
};

/** The rows of a table, for tests that show that state did not move. */
export const rowsOf = (store: Pick<EventStore, "sql">, table: "cx_data_keys" | "cx_sealing_keys"): Promise<readonly { key_id: string; wrapped: string; term: string }[]> =>
  store.sql.selectFrom(table).select(["key_id", "wrapped", "term"]).orderBy("key_id").execute();
