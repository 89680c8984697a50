import { Secret } from "@mcp-auth-proxy/crypto";
import type { Parameters } from "@mcp-auth-proxy/http";
import type { FastifyReply } from "fastify";
import type { SignInPage, SignInProblem } from "../views/models.ts";
import { renderSignIn } from "../views/sign-in.ts";
import { PageError } from "./page-error.ts";
import { sendPage } from "./pages.ts";

/** Characters, as the page's field allows: hashing a megabyte would be a gift. */
const longestPassword = 1024;

const statusOf: Readonly<Record<SignInProblem["kind"], number>> = { "empty-password": 400, "wrong-password": 403, locked: 429 };

/** The password that was typed; undefined for none. */
export const passwordOf = (parameters: Parameters): Secret<string> | undefined => {
  const password = parameters.get("password") ?? "";
  if (password.length > longestPassword) throw new PageError("bad-request", "the password is too long");
  return password === "" ? undefined : Secret.of(password);
};

/** Asks for the password, and says what was wrong with the last one. */
export const sendSignIn = (reply: FastifyReply, page: SignInPage): FastifyReply => {
  const { problem } = page;
  if (problem?.kind === "locked") void reply.header("retry-after", String(Math.ceil((problem.unlocksAt - problem.now) / 1000)));
  return sendPage(reply, problem === undefined ? 200 : statusOf[problem.kind], renderSignIn(page));
};
