import type { Loader } from "./load/loader.ts";
import { median, pairedRatio, shuffled, type Ratio } from "./statistics.ts";
import type { System, SystemName } from "./systems/start.ts";

/** CPU of each system's own process in each round, in microseconds for one call, event or session. */
export type Rounds = Readonly<Record<string, readonly number[]>>;

export interface Compared {
  readonly system: SystemName;
  readonly cpuMicros: number;
  readonly toLimit: Ratio;
  /** The gateway's CPU in terms of this system's, where this one is a peer. */
  readonly ofGateway?: Ratio;
}

export type Slot = (system: System) => Promise<{ readonly done: number; readonly busy: number }>;

export interface Measuring {
  readonly rounds: number;
  /** Slots of each system before the first that counts: what is measured is a server that has been up for a while, not its compiler. */
  readonly warmUps: number;
  readonly slot: Slot;
  readonly tell: (text: string) => void;
}

/** The order is new in each round, so that no system has the same neighbour in time. */
export const measure = async (systems: readonly System[], { rounds, warmUps, slot, tell }: Measuring): Promise<{ rounds: Rounds; busy: number }> => {
  const micros: Record<string, number[]> = Object.fromEntries(systems.map(({ name }) => [name, []]));
  let busy = 0;
  for (let warmUp = 0; warmUp < warmUps; warmUp += 1) for (const system of systems) await slot(system);
  for (let round = 1; round <= rounds; round += 1) {
    for (const system of shuffled(systems)) {
      const before = system.cpuMicros();
      const loaded = await slot(system);
      micros[system.name]?.push((system.cpuMicros() - before) / loaded.done);
      busy = Math.max(busy, loaded.busy);
    }
    tell(`round ${round} of ${rounds}`);
  }
  return { rounds: micros, busy };
};

export const compare = (systems: readonly SystemName[], rounds: Rounds, limit: SystemName, gateway: SystemName): Compared[] =>
  systems.map((system) => {
    const values = rounds[system] ?? [];
    const peer = system === "mcp-proxy" || system === "supergateway";
    return {
      system,
      cpuMicros: Math.round(median(values) * 10) / 10,
      toLimit: pairedRatio(values, rounds[limit] ?? []),
      ...(peer ? { ofGateway: pairedRatio(rounds[gateway] ?? [], values) } : {}),
    };
  });

const target = ({ url, authorization }: System) => ({ url, authorization });

export const callSlot =
  (loader: Loader, sessions: number): Slot =>
  (system) =>
    loader.run({ do: "calls", target: target(system), sessions, forMs: 1_000, bytes: 200 });

export const eventSlot =
  (loader: Loader, count: number): Slot =>
  async (system) => {
    const loaded = await loader.run({ do: "events", target: target(system), count, bytes: 100 });
    // A peer may lose some (they were seen to): the cost is of what it delivered. Ours must deliver all.
    if (loaded.done !== count && system.name.startsWith("gateway")) throw new Error(`${system.name} delivered ${loaded.done} of ${count} events`);
    return loaded;
  };

export const churnSlot =
  (loader: Loader, sessions: number): Slot =>
  (system) =>
    loader.run({ do: "churn", target: target(system), sessions, openers: 4 });

/** Kilobytes, resident after a collection, that a session without a request costs. */
export interface IdleKilobytes {
  /** From 100 sessions to 1,000: a heap that grows to its usual size is in it, too. */
  readonly first: number;
  /** From 1,000 to 10,000: what a further session costs. */
  readonly further: number;
}

export const idleKilobytes = async (loader: Loader, system: System): Promise<IdleKilobytes> => {
  const bytesWith = async (further: number): Promise<number> => {
    await loader.run({ do: "open", target: target(system), sessions: further });
    return collectedBytes(system);
  };
  const [hundred, thousand, tenThousand] = [await bytesWith(100), await bytesWith(900), await bytesWith(9_000)];
  return { first: (thousand - hundred) / 900 / 1_024, further: (tenThousand - thousand) / 9_000 / 1_024 };
};

const collectedBytes = (system: System): Promise<number> =>
  new Promise((resolve) => {
    let printed = "";
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      const bytes = /memory (\d+)\n/.exec(printed)?.[1];
      if (bytes === undefined) return;
      system.process.stdout?.off("data", read);
      resolve(Number(bytes));
    };
    system.process.stdout?.on("data", read);
    system.process.kill("SIGUSR2");
  });
