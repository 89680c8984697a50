import { realpathSync, statSync } from "node:fs";
import { dirname, join, parse, resolve, sep } from "node:path";
import { isErrno } from "../errno.ts";

/** The real path of the part that exists, and the rest as it is named: what will be made has a real path too. */
export const realPath = (path: string): string => {
  const absolute = resolve(path);
  try {
    return realpathSync.native(absolute);
  } catch (cause) {
    if (!isErrno(cause)) throw cause;
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(realPath(parent), parse(absolute).base);
  }
};

/** Names a folder or file whatever path leads to it: bind mounts and file systems that ignore case have several. */
const identity = (path: string): string | undefined => {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (cause) {
    if (isErrno(cause)) return undefined;
    throw cause;
  }
};

const withAncestors = (path: string): readonly string[] => {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...withAncestors(parent)];
};

/** Whether `inner` is `outer` or lies below it, by real paths. */
export const liesWithin = (inner: string, outer: string): boolean => {
  const [realInner, realOuter] = [realPath(inner), realPath(outer)];
  if (realInner === realOuter || realInner.startsWith(realOuter.endsWith(sep) ? realOuter : realOuter + sep)) return true;
  const wanted = identity(realOuter);
  return wanted !== undefined && withAncestors(realInner).some((ancestor) => identity(ancestor) === wanted);
};
