import { createConnection, type Socket } from "node:net";
import type { OperatorCommand } from "@mcp-auth-proxy/config";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { Check } from "typebox/value";
import { isErrno } from "../errno.ts";
import { StartError } from "../start-error.ts";
import { firstLine } from "./line.ts";
import { OperatorAnswer, requestTimeoutMs, type OperatorRequest } from "./protocol.ts";

const actor = "operator";

const requestOf = (command: OperatorCommand): OperatorRequest => ({ ...command, commandId: uuidv7(), actor });

const connect = (path: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });

const unreachable = (cause: unknown, dataPath: string): StartError => {
  const denied = isErrno(cause, "EACCES") || isErrno(cause, "EPERM");
  const line = denied
    ? `the gateway of ${dataPath} belongs to another user: run this command as that user`
    : `no gateway runs with DATA_PATH ${dataPath}: start it, or name the EXTERNAL_URL, PORT or DATA_PATH it was started with`;
  return new StartError(1, [line], cause);
};

const parseAnswer = (line: string): OperatorAnswer | undefined => {
  try {
    const answer: unknown = JSON.parse(line);
    return Check(OperatorAnswer, answer) ? answer : undefined;
  } catch {
    // Whatever answered does not speak as the gateway does.
    return undefined;
  }
};

/** Has the running gateway carry out a command. Answers what it says; throws StartError when it can not be reached or refuses. */
export const runOperatorCommand = async (command: OperatorCommand, socketPath: string, dataPath: string): Promise<string> => {
  const socket = await connect(socketPath).catch((cause: unknown) => {
    throw unreachable(cause, dataPath);
  });
  try {
    const line = firstLine(socket, requestTimeoutMs);
    socket.write(`${JSON.stringify(requestOf(command))}\n`);
    const answer = parseAnswer(await line);
    if (answer === undefined) throw new StartError(1, ["the gateway's answer can not be understood: is it of another version?"]);
    if (!answer.ok) throw new StartError(1, [`the gateway refused: ${answer.text}`]);
    if (answer.failed === true) throw new StartError(1, answer.text.split("\n"));
    return answer.text;
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    throw new StartError(1, ["the gateway did not answer; look into its log"], cause);
  } finally {
    socket.destroy();
  }
};
