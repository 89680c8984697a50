import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { ChildUser } from "../config.ts";

/** Finds an account by name or number in the text of /etc/passwd (passwd(5)). */
export const findChildUser = (nameOrUid: string, passwd: string): Result<ChildUser, "unknown_user"> => {
  for (const line of passwd.split("\n")) {
    const [name, , uid, gid, , home] = line.split(":");
    if (name === undefined || uid === undefined || gid === undefined || home === undefined) continue;
    if (name !== nameOrUid && uid !== nameOrUid) continue;
    return ok({ name, uid: Number(uid), gid: Number(gid), home });
  }
  return err("unknown_user");
};
