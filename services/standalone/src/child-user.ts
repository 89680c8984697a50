import { readFileSync } from "node:fs";
import { findChildUser, type ChildUser } from "@mcp-auth-proxy/mcp-bridge";
import { StartError } from "./start-error.ts";

/** CHILD_USER as the system knows it. Only root can run something as another user. */
export const childUser = (name: string | undefined, uid: number | undefined, passwdFile = "/etc/passwd"): ChildUser | undefined => {
  if (name === undefined) return undefined;
  if (uid !== 0) throw new StartError(2, [`CHILD_USER is ${name}, and only root can run the MCP server as another user: leave it out, or start as root`]);
  const found = findChildUser(name, readFileSync(passwdFile, "utf8"));
  if (!found.ok) throw new StartError(2, [`CHILD_USER is ${name}: it takes the name or number of a user of this machine`]);
  if (found.value.uid === 0) throw new StartError(2, [`CHILD_USER is ${name}, which is root itself: name a user with fewer rights`]);
  return found.value;
};
