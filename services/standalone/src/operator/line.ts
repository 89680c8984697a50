import type { Socket } from "node:net";
import { maxLineBytes } from "./protocol.ts";

/** The first line that arrives. Rejects when the other side ends, says nothing for `timeoutMs`, or sends more than a line may have. */
export const firstLine = (socket: Socket, timeoutMs: number): Promise<string> =>
  new Promise((resolve, reject) => {
    let received = "";
    const timer = setTimeout(() => reject(new Error("nothing came in time")), timeoutMs);
    const settle = (work: () => void): void => {
      clearTimeout(timer);
      socket.removeAllListeners("data");
      work();
    };
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      received += text;
      const end = received.indexOf("\n");
      if (end >= 0) settle(() => resolve(received.slice(0, end)));
      else if (received.length > maxLineBytes) settle(() => reject(new Error("the line is too long")));
    });
    socket.on("error", (cause) => settle(() => reject(cause)));
    socket.on("close", () => settle(() => reject(new Error("the other side ended"))));
  });
