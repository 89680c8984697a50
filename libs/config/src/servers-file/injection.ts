import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { InjectEntry } from "./schema.ts";
import type { Injection, Transport } from "./server-definition.ts";

const place = "${access_token}";
/** RFC 9110 section 5.1: a token; and no line break behind it. */
const headerShape = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \t]*([^\r\n\0]{1,400})$/;
/** Those that say where a request goes, how long it is or whose it is: not for a template to change. */
const ownHeaders: ReadonlySet<string> = new Set(["host", "content-length", "content-type", "transfer-encoding", "connection", "upgrade", "te", "trailer", "cookie", "accept", "mcp-session-id"]);

const once = (template: string): boolean => template.split(place).length === 2;

const parseHeader = (text: string): Result<Injection, string> => {
  const [, name = "", template = ""] = headerShape.exec(text) ?? [];
  if (name === "" || !once(template)) return err(`inject.header takes "<name>: <text with ${place}>", for example "Authorization: Bearer ${place}"`);
  if (ownHeaders.has(name.toLowerCase())) return err(`inject.header may not be ${name}`);
  return ok({ kind: "header", name, template });
};

/** What decides which program runs, or what runs inside of it, is not for a token to stand in. */
const dangerousVariable = /^(?:PATH|NODE_OPTIONS|NODE_PATH|LD_.*|DYLD_.*|PYTHON.*|BASH_ENV|ENV|SHELLOPTS|IFS|HOME|PERL5.*|RUBY.*|GIT_.*|JAVA_TOOL_OPTIONS)$/i;

const parseEnvironment = (templates: Readonly<Record<string, string>>): Result<Injection, string> => {
  for (const [name, template] of Object.entries(templates)) {
    if (dangerousVariable.test(name)) return err(`inject.env may not set ${name}`);
    if (!once(template) || /[\r\n\0]/.test(template)) return err(`inject.env.${name} takes a text with one ${place} in it`);
  }
  return ok({ kind: "env", templates });
};

/** Reads `inject` for a transport: a process has variables and files, an address has headers. */
export const parseInjection = (entry: InjectEntry, transport: Transport["kind"]): Result<Injection, string> => {
  if (transport === "stdio" && "header" in entry) return err("inject.header is for servers behind a url: a stdio server takes env, file or params");
  if (transport !== "stdio" && ("env" in entry || "file" in entry)) return err("inject.env and inject.file are for stdio servers: one behind a url takes header or params");
  if ("header" in entry) return parseHeader(entry.header);
  if ("env" in entry) return parseEnvironment(entry.env);
  if ("file" in entry) return dangerousVariable.test(entry.file.env) ? err(`inject.file.env may not be ${entry.file.env}`) : ok({ kind: "file", variable: entry.file.env, format: entry.file.format });
  return ok({ kind: "params" });
};

/** Where nothing is said: a header for a server behind a URL, and `params` for a process. */
export const defaultInjection = (transport: Transport["kind"]): Injection =>
  transport === "stdio" ? { kind: "params" } : { kind: "header", name: "Authorization", template: `Bearer ${place}` };
