import type { FastifyReply } from "fastify";
import type { Refusal } from "../guard/refusal.ts";
import { errorMessage, type JsonRpcId } from "../wire/json-rpc.ts";

/** Answers a refusal as JSON-RPC, with the id of the request where it is known. */
export const refuse = (reply: FastifyReply, { status, error, headers = {} }: Refusal, id?: JsonRpcId): FastifyReply =>
  reply.code(status).headers(headers).type("application/json").send(errorMessage(id, error));
