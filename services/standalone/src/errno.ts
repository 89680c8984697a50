/** Whether the operating system refused, for the reason `code` if one is given. */
export const isErrno = (cause: unknown, code?: string): cause is Error & { readonly code: string } =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" && (code === undefined || cause.code === code);
