import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";

const plain = (address: string): string | undefined => {
  const bare = address.trim().replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  return isIP(bare) === 0 ? undefined : bare.toLowerCase();
};

/**
 * Who is asking: the socket's address, or what a trusted proxy says in X-Forwarded-For. A header that holds no address
 * counts as absent, so that nobody can choose a name for himself.
 */
export const clientAddress = (request: FastifyRequest): string =>
  plain(request.ip) ?? plain(request.socket.remoteAddress ?? "") ?? "unknown";
