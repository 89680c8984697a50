import { AppError } from "@mcp-auth-proxy/contracts";
import type { BusMessage, RequestOptions } from "../port.ts";
import type { Interest } from "./interest.ts";

const defaultTimeoutMs = 5_000;

/** One question and its first answer; the others, and those that come too late, are dropped as NATS drops them. */
export const askOnce = (interest: Interest, message: BusMessage, options: RequestOptions, ended: AbortSignal): Promise<BusMessage> =>
  new Promise((resolve, reject) => {
    if (options.signal?.aborted === true) {
      reject(options.signal.reason);
      return;
    }
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      ended.removeEventListener("abort", onClose);
      finish();
    };
    const onAbort = (): void => settle(() => reject(options.signal?.reason));
    const onClose = (): void => settle(() => reject(new AppError("unavailable", "the bus was closed")));
    const timer = setTimeout(
      () => settle(() => reject(new AppError("timeout", `no answer on ${message.subject}`))),
      options.timeoutMs ?? defaultTimeoutMs,
    );
    options.signal?.addEventListener("abort", onAbort, { once: true });
    ended.addEventListener("abort", onClose, { once: true });

    const asked = interest.send(message, (answer) => {
      // Nothing of what the handler threw comes over: a socket would not carry an object.
      if (answer === undefined) settle(() => reject(new AppError("internal", `the handler of ${message.subject} failed`)));
      else settle(() => resolve(answer));
    });
    if (asked === 0) settle(() => reject(new AppError("no_responders", `nobody serves ${message.subject}`)));
  });
