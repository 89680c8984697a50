import { AppError } from "@mcp-auth-proxy/contracts";

const token = /^[^\s.*>\p{Cc}]+$/u;
const maxSubjectLength = 255;

const isSubject = (subject: string): boolean =>
  subject.length <= maxSubjectLength && subject.split(".").every((part) => token.test(part));

const isPattern = (pattern: string): boolean => {
  const parts = pattern.split(".");
  return (
    pattern.length <= maxSubjectLength &&
    parts.every((part, index) => part === "*" || (part === ">" && index === parts.length - 1) || token.test(part))
  );
};

/** Refuses what a server would refuse, so that a slip shows in-process too. Source: NATS documentation, "Subjects". */
export const assertSubject = (subject: string): void => {
  if (!isSubject(subject)) throw new AppError("bad_request", "not a subject to send to");
};

export const assertPattern = (pattern: string): void => {
  if (!isPattern(pattern)) throw new AppError("bad_request", "not a subject to listen on");
};

/** `*` stands for exactly one token, a trailing `>` for one or more. */
export const matches = (pattern: string, subject: string): boolean => {
  if (pattern === subject) return true;
  const wanted = pattern.split(".");
  const given = subject.split(".");
  if (wanted.at(-1) === ">") {
    return given.length >= wanted.length && wanted.slice(0, -1).every((part, index) => part === "*" || part === given[index]);
  }
  return wanted.length === given.length && wanted.every((part, index) => part === "*" || part === given[index]);
};
