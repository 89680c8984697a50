import { createProviderOutbound, type Service } from "@mcp-auth-proxy/http";
import { vaultV1 } from "@mcp-auth-proxy/contracts";
import { waitFor } from "@mcp-auth-proxy/testing";
import { Fate, Mortal } from "../support/mortal.ts";
import { startTokenEndpoint, type TokenEndpoint } from "../support/token-endpoint.ts";
import { ada, startWorld, type World } from "../support/world.ts";

export interface Scenario {
  readonly rotate: boolean;
  /** What the operator says of the provider; undefined: nothing. */
  readonly rotates?: boolean;
  readonly replicas: number;
  /** What goes wrong at the provider besides. */
  readonly prepare?: (endpoint: TokenEndpoint) => void;
}

export interface Ending {
  /** False: the refresh was over before a process had come to its last step. */
  readonly killed: boolean;
  readonly status: string;
  readonly generation: number;
  readonly isLive: boolean;
  readonly requests: number;
  readonly replays: number;
  /** How often the person was asked to connect again. */
  readonly brokenTimes: number;
  /** Whether the provider's answer was on record when the process died. */
  readonly answerKept: boolean;
}

const stepMs = 6_000;
/** Half an hour of the gateway's time: enough for everything but the next refresh. */
const steps = 300;
/** So long nobody does anything: they wait for the gateway's time. */
const quietMs = 30;
/** Nobody is busy for longer without waiting for it. */
const busyMs = 2_000;

const isSettled = async (world: World): Promise<boolean> => {
  const credential = await world.status(ada);
  if ((await answersKept(world)) > 0) return false;
  if (credential?.status === "broken") return (await world.stateOf(ada)).status === "ended";
  return (credential?.generation ?? 0) > 1 && (await world.stateOf(ada)).status === "waiting";
};

const answersKept = async (world: World): Promise<number> => (await world.store.sql.selectFrom("cx_answers").select("attempt_id").execute()).length;

const brokenTimes = async (world: World): Promise<number> => {
  const { events } = await world.auth.ask(vaultV1.readFeed, { after: { logEpoch: 1, position: 0 }, limit: 100 });
  return events.filter(({ type }) => type === vaultV1.credentialBroken.type).length;
};

const startProcess = async (world: World, endpoint: TokenEndpoint, fate: Fate): Promise<{ readonly service: Service; readonly mortal: Mortal }> => {
  const mortal = new Mortal(fate);
  const outbound = createProviderOutbound({ configured: [endpoint.url], limits: { atOnce: 16, perHost: 16 }, log: world.log });
  return { service: await world.startReplica(mortal.of({ store: world.store, bus: world.bus, outbound })), mortal };
};

/** Real time passes until nobody has done anything for a while: only then may the gateway's time go on, which is much faster. */
const untilQuiet = async (fate: Fate): Promise<void> => {
  let seen = -1;
  await waitFor("a quiet moment", () => seen === (seen = fate.steps), { limitMs: busyMs, everyMs: quietMs }).catch(() => undefined);
};

/** Lets time go by until something is so, or nothing more can be expected. */
const passUntil = async (world: World, fate: Fate, isSo: () => Promise<boolean>): Promise<void> => {
  for (let step = 0; step < steps && !(await isSo()); step += 1) {
    await untilQuiet(fate);
    if (!(await isSo())) world.clock.advance(stepMs);
  }
};

/** One refresh that is due, with a process killed before each of the `fatal` steps in turn: the second counts from the restart on, and so forth. */
export const refreshKilledAt = async (scenario: Scenario, ...fatal: readonly number[]): Promise<Ending> => {
  await using endpoint = await startTokenEndpoint({ rotate: scenario.rotate });
  await using world = await startWorld(endpoint, {
    provider: scenario.rotates === undefined ? {} : { rotates: scenario.rotates },
    limits: { pollMs: 5 },
  });
  const fate = new Fate();
  let processes = await Promise.all(Array.from({ length: scenario.replicas }, () => startProcess(world, endpoint, fate)));
  await world.connect(ada, endpoint.signIn());
  scenario.prepare?.(endpoint);
  await waitFor("the plan", async () => (await world.stateOf(ada)).status === "waiting");
  let killed = true;
  let answerKept = false;
  for (const [turn, step] of fatal.entries()) {
    fate.arm(step);
    if (turn === 0) await world.untilDue(ada);
    await passUntil(world, fate, async () => processes.some(({ mortal }) => mortal.dead) || (await isSettled(world)));
    fate.disarm();
    killed &&= processes.some(({ mortal }) => mortal.dead);
    answerKept ||= (await answersKept(world)) > 0;
    const dead = processes.filter(({ mortal }) => mortal.dead);
    await Promise.all(dead.map(({ service }) => service.stop(0)));
    processes = [...processes.filter(({ mortal }) => !mortal.dead), ...(await Promise.all(dead.map(() => startProcess(world, endpoint, fate))))];
  }
  await passUntil(world, fate, () => isSettled(world));
  const credential = await world.status(ada);
  const isLive = credential?.status === "connected" && endpoint.isLive(await world.accessToken(ada).catch(() => ""));
  return {
    killed,
    status: credential?.status ?? "none",
    generation: credential?.generation ?? 0,
    isLive,
    requests: endpoint.requests.length,
    replays: endpoint.replays,
    brokenTimes: await brokenTimes(world),
    answerKept,
  };
};
