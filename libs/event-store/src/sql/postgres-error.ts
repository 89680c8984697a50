/** SQLSTATE, or Node's name of what went wrong with the connection. MikroORM puts it on errors of its own, over the driver's. */
export const errorCodeOf = (error: unknown): string | undefined => {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
    // Every address of a host was tried, and each failed.
    if (at instanceof AggregateError) return errorCodeOf(at.errors[0]);
  }
  return undefined;
};
