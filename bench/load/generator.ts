// Makes load from a process, and a core, of its own. One command a line on stdin, one answer a line on stdout.
import http from "node:http";
import { createInterface } from "node:readline";
import { Session, type Target } from "./session.ts";

export type Command =
  | { readonly do: "calls"; readonly target: Target; readonly sessions: number; readonly forMs: number; readonly bytes: number }
  | { readonly do: "events"; readonly target: Target; readonly count: number; readonly bytes: number }
  | { readonly do: "churn"; readonly target: Target; readonly sessions: number; readonly openers: number }
  | { readonly do: "open"; readonly target: Target; readonly sessions: number };

const kept = new Map<string, Session[]>();
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

const openAll = async (target: Target, count: number): Promise<Session[]> => {
  const sessions = Array.from({ length: count }, () => new Session(target, agent));
  for (let at = 0; at < count; at += 16) await Promise.all(sessions.slice(at, at + 16).map((session) => session.open()));
  return sessions;
};

const sessionsOf = async (target: Target, count: number): Promise<Session[]> => {
  const known = kept.get(target.url) ?? (await openAll(target, count));
  kept.set(target.url, known);
  return known.slice(0, count);
};

/** Each session asks again as soon as it has its answer. */
const calls = async ({ target, sessions, forMs, bytes }: Extract<Command, { do: "calls" }>): Promise<number> => {
  const until = performance.now() + forMs;
  let done = 0;
  const text = "x".repeat(bytes);
  const work = async (session: Session): Promise<void> => {
    while (performance.now() < until) {
      await session.echo(text);
      done += 1;
    }
  };
  await Promise.all((await sessionsOf(target, sessions)).map(work));
  return done;
};

const churn = async ({ target, sessions, openers }: Extract<Command, { do: "churn" }>): Promise<number> => {
  let left = sessions;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const session = new Session(target, agent);
      await session.open();
      await session.echo("churn");
      await session.close();
    }
  };
  await Promise.all(Array.from({ length: openers }, work));
  return sessions;
};

const run = async (command: Command): Promise<number> => {
  switch (command.do) {
    case "calls":
      return calls(command);
    case "events":
      return (await sessionsOf(command.target, 1))[0]?.events(command.count, command.bytes) ?? 0;
    case "churn":
      return churn(command);
    case "open":
      return (await openAll(command.target, command.sessions)).length;
    default:
      return command satisfies never;
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const cpu = process.cpuUsage();
  const at = performance.now();
  const answer = await run(JSON.parse(line)).then((done) => ({ done }), (error: unknown) => ({ error: String(error) }));
  const used = process.cpuUsage(cpu);
  process.stdout.write(`${JSON.stringify({ ...answer, ms: performance.now() - at, busy: (used.user + used.system) / 1000 / (performance.now() - at) })}\n`);
}
process.exit(0);
