/** A place in one stream of one session. Stream 0 is the session's own, for what the server says unasked. */
export interface EventPlace {
  readonly stream: number;
  readonly event: number;
}

const radix = 36;

/**
 * `<session's tag>.<stream>.<event>` (MCP 2025-11-25, transports: ids are unique in a session and encode the stream).
 * The tag tells another session's ids from ours; it is no secret and opens nothing.
 */
export const writeEventId = (tag: string, { stream, event }: EventPlace): string => `${tag}.${stream.toString(radix)}.${event.toString(radix)}`;

/** Undefined for whatever was not written with this tag. */
export const readEventId = (tag: string, id: string): EventPlace | undefined => {
  const [own, stream = "", event = "", ...others] = id.split(".");
  if (own !== tag || others.length > 0 || !isNumber(stream) || !isNumber(event)) return undefined;
  return { stream: Number.parseInt(stream, radix), event: Number.parseInt(event, radix) };
};

const isNumber = (text: string): boolean => /^[0-9a-z]{1,10}$/.test(text);
