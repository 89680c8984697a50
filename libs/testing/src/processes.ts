import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** What Linux tells about running processes, read from /proc: a process that ended in between counts as not there. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parentPid: number;
  readonly uid: number;
  readonly commandLine: string;
  readonly environment: string;
  readonly residentBytes: number;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES") return undefined;
    throw cause;
  }
}

const field = (status: string, name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);

/** The facts of one process, or undefined when it is gone (a zombie is gone). */
export function processFacts(pid: number): ProcessFacts | undefined {
  const status = read(`/proc/${pid}/status`);
  if (status === undefined || /^State:\s+[ZX]/m.test(status)) return undefined;
  return {
    pid,
    parentPid: field(status, "PPid"),
    uid: field(status, "Uid"),
    commandLine: (read(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").trim(),
    environment: read(`/proc/${pid}/environ`) ?? "",
    residentBytes: field(status, "VmRSS") * 1024,
  };
}

export const isRunning = (pid: number): boolean => processFacts(pid) !== undefined;

/** Every living process below `pid`, nearest first. */
export function descendants(pid: number): readonly ProcessFacts[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processFacts(Number(name)) ?? []);
  const found: ProcessFacts[] = [];
  let parents = [pid];
  while (parents.length > 0) {
    const children = all.filter((facts) => parents.includes(facts.parentPid));
    found.push(...children);
    parents = children.map((facts) => facts.pid);
  }
  return found;
}

/** What a living process holds open: file names, and `socket:[…]` or `pipe:[…]` for the rest. */
export function openFiles(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch (cause) {
      // Closed between listing and looking.
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
      throw cause;
    }
  });
}
