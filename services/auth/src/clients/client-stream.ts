import type { ClientId } from "@mcp-auth-proxy/contracts";
import { sha256 } from "@mcp-auth-proxy/crypto";
import { isClientIdUrl } from "../validate/client-id-url.ts";

/** What stands for a client in the id of its stream: a URL is too long for one, and has characters that subjects do not. */
export const clientStreamKey = (clientId: ClientId): string => (isClientIdUrl(clientId) ? sha256(clientId) : clientId);
