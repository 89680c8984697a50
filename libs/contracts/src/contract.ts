import type { TSchema } from "typebox";
import { eventEnvelope } from "./envelope.ts";
import type { ServiceName } from "./ids.ts";
import { subject } from "./subjects.ts";

/** A command or query: what is asked on which subject, what is answered, how long the asker waits at most. */
export interface RequestContract<Request extends TSchema, Response extends TSchema> {
  readonly owner: ServiceName;
  readonly kind: "cmd" | "qry";
  readonly subject: string;
  readonly request: Request;
  readonly response: Response;
  readonly timeoutMs: number;
}

/** A public event: consumers see these and never the private events of a stream. */
export interface EventContract<Data extends TSchema> {
  readonly owner: ServiceName;
  readonly subject: string;
  readonly type: string;
  readonly schema: number;
  readonly envelope: ReturnType<typeof eventEnvelope<Data>>;
}

const requestContract =
  (kind: "cmd" | "qry") =>
  <Request extends TSchema, Response extends TSchema>(
    owner: ServiceName,
    name: string,
    shapes: { request: Request; response: Response; timeoutMs?: number },
  ): RequestContract<Request, Response> => ({
    owner,
    kind,
    subject: subject(owner, kind, 1, name),
    request: shapes.request,
    response: shapes.response,
    timeoutMs: shapes.timeoutMs ?? 5_000,
  });

export const command = requestContract("cmd");
export const query = requestContract("qry");

/** `name` is kebab-case; the event type in the envelope is the same name. */
export const publicEvent = <Data extends TSchema>(
  owner: ServiceName,
  name: string,
  data: Data,
  schema = 1,
): EventContract<Data> => ({
  owner,
  subject: subject(owner, "evt", 1, name),
  type: name,
  schema,
  envelope: eventEnvelope(name, schema, data),
});
