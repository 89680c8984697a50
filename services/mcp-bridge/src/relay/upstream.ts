import type { ChildEnd } from "../children/child.ts";
import type { Envelope } from "../wire/envelope.ts";

/** Why a server does not answer: its process ended, or there is none now, or the new one is not what the former one was. */
export type UpstreamEnd = ChildEnd | { readonly kind: "backing-off" | "no-room" | "changed" | "stalled" };

/** One session's side of the process that serves it, be that its own or one that several sessions share. */
export interface Upstream {
  /** Takes one message. False: the server has not read for so long that no more is held for it, or it is gone for good. */
  send(line: Buffer, envelope: Envelope): boolean;
  /** Nothing more is said by the server until `resume`; what it had said before may still come. */
  pause(): void;
  resume(): void;
  /** What is due is done: called at regular times. `busy`: someone waits for the server. */
  sweep(now: number, busy: boolean): void;
  /** The session is over; resolves when nothing of it is left here. */
  end(): Promise<void>;
}

export interface UpstreamListener {
  /** One message of the server, without its line feed. */
  readonly line: (line: Buffer) => void;
  /** Everything under way is lost: no answer will come. The session can go on. */
  readonly interrupted: (end: UpstreamEnd) => void;
  /** Called once: nothing will come any more, and the session is over. */
  readonly ended: (end: UpstreamEnd) => void;
}
