import type { Clock } from "@mcp-auth-proxy/contracts";
import { idKey, type JsonRpcId } from "../wire/json-rpc.ts";
import { metaKeys, modernRevision, modernRevisions } from "../wire/rev-2026-07-28/names.ts";
import { sessionRevisions } from "../wire/revisions.ts";
import type { Child, ChildListener } from "./child.ts";

/** Which eras a server was seen to speak. `at` is when, in epoch ms. */
export type Era =
  | { readonly kind: "modern"; readonly revisions: readonly string[]; readonly at: number }
  /** `revisions`: those it can be asked for, newest first. `certain`: it said so; else it was silent or would not start. */
  | { readonly kind: "legacy"; readonly revisions: readonly string[]; readonly certain: boolean; readonly at: number };

export interface EraProbeOptions {
  /** Starts a process of the same command and environment as the server's, for nothing but this. */
  readonly start: (listener: ChildListener) => Child;
  readonly clock: Clock;
  /** How long a server may leave `server/discover` unanswered before it is also asked the old way. */
  readonly silenceMs: number;
  /** How long a server may take for everything; it may have to be downloaded first. */
  readonly limitMs: number;
}

const client = { name: "mcp-auth-proxy", version: "1" };
const discover = {
  jsonrpc: "2.0",
  id: "era-discover",
  method: "server/discover",
  params: { _meta: { [metaKeys.protocolVersion]: modernRevision, [metaKeys.clientCapabilities]: {}, [metaKeys.clientInfo]: client } },
} as const;
const initialize = {
  jsonrpc: "2.0",
  id: "era-initialize",
  method: "initialize",
  params: { protocolVersion: sessionRevisions[0], capabilities: {}, clientInfo: client },
} as const;

/**
 * Finds out which era a server speaks, in a process that is thrown away: there are servers that exit on any message
 * before `initialize`, and one that pins its era to the first message could not be used for the other afterwards.
 * Only an answer that names a modern revision means modern; every other one, silence and an exit mean legacy (MCP
 * 2026-07-28, stdio, "Backward compatibility"), because no single error code can be relied on.
 */
export const probeEra = async (options: EraProbeOptions): Promise<Era> => {
  const found = await askOne(options, true);
  if (found.kind === "modern" || found.certain) return found;
  // It may have died of the question; another one that is never asked it says which revisions it speaks.
  return askOne(options, false);
};

const askOne = (options: EraProbeOptions, withDiscover: boolean): Promise<Era> => {
  const { start, clock, silenceMs, limitMs } = options;
  const { promise, resolve } = Promise.withResolvers<Era>();
  const timers: NodeJS.Timeout[] = [];
  let askedOldWay = false;

  const settle = (era: Era): void => {
    for (const timer of timers) clearTimeout(timer);
    resolve(era);
    // Its end takes a moment of its own and is nobody's to wait for.
    void child.end();
  };
  const legacy = (revisions: readonly string[], certain: boolean): void => settle({ kind: "legacy", revisions, certain, at: clock.now() });
  const askOldWay = (): void => {
    if (askedOldWay) return;
    askedOldWay = true;
    child.send(Buffer.from(JSON.stringify(initialize)));
  };

  const child = start({
    line: (line) => {
      const answer = readAnswer(line);
      if (answer === undefined) return;
      if (idKey(answer.id) === idKey(discover.id)) {
        const revisions = modernRevisionsIn(answer);
        if (revisions.length > 0) settle({ kind: "modern", revisions, at: clock.now() });
        else askOldWay();
      } else if (idKey(answer.id) === idKey(initialize.id)) {
        const spoken = versionIn(answer.result);
        legacy(spoken === undefined ? [...sessionRevisions] : sessionRevisions.filter((revision) => revision <= spoken), true);
      }
    },
    ended: () => legacy([...sessionRevisions], false),
  });
  timers.push(setTimeout(() => legacy([...sessionRevisions], false), limitMs));
  if (withDiscover) {
    child.send(Buffer.from(JSON.stringify(discover)));
    timers.push(setTimeout(askOldWay, silenceMs));
  } else askOldWay();
  return promise;
};

interface Answer {
  readonly id: JsonRpcId;
  readonly result: unknown;
  readonly error: unknown;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

const readAnswer = (line: Buffer): Answer | undefined => {
  let message: unknown;
  try {
    message = JSON.parse(line.toString("utf8"));
  } catch {
    // Not a message: some servers greet on stdout.
    return undefined;
  }
  if (!isRecord(message) || "method" in message) return undefined;
  const { id, result, error } = message;
  return typeof id === "string" || typeof id === "number" ? { id, result, error } : undefined;
};

/** A DiscoverResult, or the modern error that names what is spoken instead. */
const modernRevisionsIn = ({ result, error }: Answer): readonly string[] => {
  const named = isRecord(result) ? result["supportedVersions"] : supportedIn(error);
  return Array.isArray(named) ? modernRevisions.filter((revision) => named.includes(revision)) : [];
};

const supportedIn = (error: unknown): unknown =>
  isRecord(error) && error["code"] === -32022 && isRecord(error["data"]) ? error["data"]["supported"] : undefined;

const versionIn = (result: unknown): string | undefined => {
  const version = isRecord(result) ? result["protocolVersion"] : undefined;
  return typeof version === "string" ? version : undefined;
};
