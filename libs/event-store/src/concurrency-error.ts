import { AppError } from "@mcp-auth-proxy/contracts";

/** The stream has moved since it was read: nothing was written; reading again and deciding again may succeed. */
export class ConcurrencyError extends AppError {
  constructor(detail: string, cause?: unknown) {
    super("conflict", detail, cause);
    this.name = "ConcurrencyError";
  }
}
