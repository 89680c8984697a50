import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { Messenger } from "@mcp-auth-proxy/bus";
import { AppError, authV1, vaultV1 } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { Check } from "typebox/value";
import { firstLine } from "./line.ts";
import { rotationText } from "./rotation-text.ts";
import { usersText } from "./users-text.ts";
import { OperatorRequest, requestTimeoutMs, type OperatorAnswer } from "./protocol.ts";

export interface OperatorSocket {
  /** Twice is safe. */
  close(): Promise<void>;
}

const maxConnections = 8;
/** Their lines fit into one answer. */
const shownUsers = 50;

const parseRequest = (line: string): OperatorRequest => {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch (cause) {
    throw new AppError("bad_request", "an operator's line is no JSON", cause);
  }
  if (!Check(OperatorRequest, request)) throw new AppError("bad_request", "an operator's line has another shape");
  return request;
};

const verifyAudit = async (noted: authV1.AuditHead | undefined, messenger: Messenger): Promise<OperatorAnswer> => {
  const { rows, since, head, problems } = await messenger.ask(authV1.verifyAudit, noted === undefined ? {} : { noted });
  const extent = `${rows} rows${since === undefined ? "" : ` since ${new Date(since).toISOString()}`}`;
  if (problems.length > 0) return { ok: true, failed: true, text: [`the audit trail does not verify (${extent}):`, ...problems].join("\n") };
  return { ok: true, text: `the audit trail is whole: ${extent}\nnote its head elsewhere: ${head.seq}:${head.hash}` };
};

/** The encryption key first: the new signing key is closed with it, and where it is refused nothing has changed. */
const rotateKeys = async (command: { readonly commandId: string; readonly actor: string }, messenger: Messenger): Promise<OperatorAnswer> => {
  try {
    const encryption = rotationText(await messenger.ask(vaultV1.rotateEncryptionKey, command));
    const { kid } = await messenger.ask(authV1.rotateSigningKey, command);
    return done(`tokens are signed with the new key ${kid}\n${encryption}`);
  } catch (cause) {
    if (!(cause instanceof AppError && cause.code === "refused")) throw cause;
    return { ok: true, failed: true, text: "nothing was changed: AUTH_ENCRYPTION_SECRET can not be used as it is now, or lacks a key that still closes something; the log says which" };
  }
};

const done = (text: string): OperatorAnswer => ({ ok: true, text });

const carryOut = async (request: OperatorRequest, messenger: Messenger): Promise<OperatorAnswer> => {
  const { commandId, actor } = request;
  switch (request.name) {
    case "revoke": {
      const { revokedGrants } = await messenger.ask(authV1.revoke, { commandId, actor, target: request.target });
      return done(`${revokedGrants} ${revokedGrants === 1 ? "grant" : "grants"} ended`);
    }
    case "keys rotate":
      return rotateKeys({ commandId, actor }, messenger);
    case "users":
      return done(usersText(await messenger.ask(authV1.users, { limit: shownUsers })));
    case "audit verify":
      return verifyAudit(request.noted, messenger);
    default:
      return request satisfies never;
  }
};

/**
 * Takes commands of the operator at a socket in the data directory, which nobody else can open. The caller holds the
 * directory's lock: a socket that lies there was left by a process that is gone.
 */
export const openOperatorSocket = async (path: string, messenger: Messenger, log: Log): Promise<OperatorSocket> => {
  const sockets = new Set<Socket>();

  const answer = async (socket: Socket): Promise<OperatorAnswer> => {
    try {
      const request = parseRequest(await firstLine(socket, requestTimeoutMs));
      log.info({ command: request.name, commandId: request.commandId }, "an operator's command");
      return await carryOut(request, messenger);
    } catch (cause) {
      log.warn({ err: cause }, "an operator's command failed");
      return { ok: false, text: cause instanceof AppError ? cause.wire : "Something went wrong." };
    }
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    void answer(socket).then((result) => socket.end(`${JSON.stringify(result)}\n`));
  });
  server.maxConnections = maxConnections;
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // The folder is closed to others already: nobody can have come in between.
  chmodSync(path, 0o600);
  server.on("error", (cause) => log.error({ err: cause }, "the operator's socket failed"));

  let closed: Promise<void> | undefined;
  const closeOnce = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    close: () => {
      closed ??= closeOnce();
      return closed;
    },
  };
};
