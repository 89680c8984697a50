import type { ServiceName } from "./ids.ts";

/** cmd changes state and is idempotent by command id; qry reads; evt is a public fact; job is work for one of many. */
export type SubjectKind = "cmd" | "qry" | "evt" | "job";

/** `mcpauth.<owner>.<kind>.v<major>.<kebab-name>[.<stream id>]` */
export const subject = (owner: ServiceName, kind: SubjectKind, major: number, name: string): string =>
  `mcpauth.${owner}.${kind}.v${major}.${name}`;
