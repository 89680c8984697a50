/** One server-sent event (HTML Living Standard, 9.2.6), comments left out. */
export interface ServerSentEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

function parseEvent(block: string): ServerSentEvent | undefined {
  let event = "message";
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (name === "event") event = value;
    if (name === "id") id = value;
    if (name === "data") data.push(value);
  }
  return data.length === 0 && id === undefined ? undefined : { event, id, data: data.join("\n") };
}

/** The events of a whole body, or of the part that has arrived; an unfinished event is left out. */
export function eventsIn(text: string): readonly ServerSentEvent[] {
  return text
    .replaceAll("\r\n", "\n")
    .split("\n\n")
    .slice(0, -1)
    .flatMap((block) => parseEvent(block) ?? []);
}
