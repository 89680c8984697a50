import type { authV1 } from "@mcp-auth-proxy/contracts";
import type { Static } from "typebox";

/** A login may come from elsewhere: nothing in it may move the operator's terminal. */
const printable = (text: string): string => text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

/** The answer to `users`, a line for each person. */
export const usersText = ({ users, total }: Static<typeof authV1.users.response>): string => {
  if (total === 0) return "nobody has signed in yet";
  const lines = users.map(({ subjectId, login, firstSeenAt, sessions, grants }) =>
    [login === undefined ? "(forgotten)" : printable(login), subjectId, `since ${new Date(firstSeenAt).toISOString()}`, counted(sessions, "session"), counted(grants, "grant")].join("  "),
  );
  return [...lines, ...(total > users.length ? [`and ${total - users.length} more`] : [])].join("\n");
};
