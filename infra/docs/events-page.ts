import { authStore } from "@mcp-auth-proxy/auth";
import type { AnyDecider, StoreDefinition } from "@mcp-auth-proxy/event-store";
import { refresherStore } from "@mcp-auth-proxy/refresher";
import { tokenVaultStore } from "@mcp-auth-proxy/token-vault";
import { eventSentences, messageSentences, streamSentences } from "./event-sentences.ts";
import { messages, type Message } from "./messages.ts";

/** Every log there is, with the title of its part of the page. */
export const logs: readonly { readonly title: string; readonly definition: StoreDefinition }[] = [
  { title: "auth", definition: authStore },
  { title: "token-vault", definition: tokenVaultStore },
  { title: "refresher", definition: refresherStore },
];

const cell = (text: string): string => text.replaceAll("|", "\\|");
const code = (text: string): string => (text === "" ? "–" : `\`${cell(text)}\``);

const sentence = (sentences: Readonly<Record<string, string>>, name: string): string => {
  const found = sentences[name];
  if (found === undefined) throw new Error(`infra/docs/event-sentences.ts has no sentence for ${name}`);
  return found;
};

const eventRow = (type: string, schema: number): string => {
  const known = eventSentences[type];
  if (known === undefined) throw new Error(`infra/docs/event-sentences.ts has no sentence for ${type}`);
  return `| \`${type}\` | ${schema} | ${known.holds.map(code).join(", ")} | ${cell(known.says)} |`;
};

const stream = (decider: AnyDecider): readonly string[] => [
  `### \`${decider.streamId("<id>")}\``,
  "",
  sentence(streamSentences, decider.name),
  "",
  "| event | schema | holds | says |",
  "|---|---|---|---|",
  ...Object.entries(decider.eventTypes).map(([type, schema]) => eventRow(type, schema)),
  "",
];

const asked = (kind: Message["kind"]): readonly string[] => [
  "| subject | asks | is answered | does |",
  "|---|---|---|---|",
  ...messages
    .filter((message) => message.kind === kind)
    .map(({ subject, carries, answer = "" }) => `| \`${subject}\` | ${code(carries)} | ${code(answer)} | ${cell(sentence(messageSentences, subject))} |`),
  "",
];

/** docs/events.md, made from the deciders, the contracts and the sentences. Throws where a sentence is missing. */
export const eventsPage = (): string =>
  [
    "<!-- Made from the deciders, libs/contracts and infra/docs/event-sentences.ts by `npm run docs`; do not edit. -->",
    "# Events, commands and queries",
    "",
    "Each service appends to its own log (table `es_events`, see [storage-schema.md](storage-schema.md)). Its events are private: no other service reads them. Some are told to",
    "others as public events, with fewer facts. Events hold ids, times, scopes and keyed fingerprints: never a token, a code, a password, a login or an address.",
    "",
    "Every event has an `id` (UUIDv7), its stream and version, the time `at`, and `meta`: a correlation id (the reference in the log and on error pages), what caused it, and the",
    "actor (`owner`, a person's id, a client's id, `operator`, or a service).",
    "",
    ...logs.flatMap(({ title, definition }) => [`## The log of ${title}`, "", ...definition.deciders.flatMap(stream)]),
    "## Public events",
    "",
    "Sent right after the commit to those who listen, and kept in the bus for those who follow. Whoever missed one asks `read-feed`.",
    "",
    "| subject | carries | says |",
    "|---|---|---|",
    ...messages
      .filter(({ kind }) => kind === "event")
      .map(({ subject, carries }) => `| \`${subject}\` | ${code(carries)} | ${cell(sentence(messageSentences, subject))} |`),
    "",
    "## Commands",
    "",
    "Change state; the same `commandId` again is the same command again and gets the same answer.",
    "",
    ...asked("command"),
    "## Queries",
    "",
    ...asked("query"),
  ].join("\n");
