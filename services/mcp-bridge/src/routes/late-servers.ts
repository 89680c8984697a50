import { createHttpApp, handOver } from "@mcp-auth-proxy/http";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { McpServer } from "../config.ts";
import { together } from "../every-step.ts";
import type { ServedServer } from "../registry/server-registry.ts";
import type { Endpoint } from "./endpoint.ts";

export interface LateServersOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly endpointOf: (server: McpServer) => Endpoint<McpServer>;
  /** Mounts these servers, and the answer to whoever asks for the metadata of others. */
  readonly mount: (app: FastifyInstance, servers: readonly ServedServer[]) => Promise<void>;
}

/**
 * The servers that come or go while the gateway listens, when its router takes no more routes. Those of the start keep
 * theirs and cost nothing more; each later one has an app of its own, to which its requests are handed over, and the
 * requests for one that went are handed over to an app that has none.
 */
export class LateServers {
  readonly #options: LateServersOptions;
  readonly #apps = new Map<McpServer, FastifyInstance>();
  #first: readonly Endpoint<McpServer>[] = [];
  #nowhere: FastifyInstance | undefined;
  /** By path: who answers in the place of the routes of the start. */
  #answering: ReadonlyMap<string, FastifyInstance> = new Map();

  constructor(options: LateServersOptions) {
    this.#options = options;
  }

  /** Call it before the routes of the start are mounted, so that their scopes have the hook as well. */
  watch(app: FastifyInstance, first: readonly Endpoint<McpServer>[]): void {
    this.#first = first;
    app.addHook("onRequest", (request, reply, done) => {
      const other = this.#answering.size === 0 ? undefined : this.#appFor(request);
      if (other === undefined) done();
      else handOver(request, reply, other);
    });
    app.addHook("preClose", () => this.#close());
  }

  /** Gets routes ready; nobody reaches them yet. */
  async prepare(served: readonly ServedServer[]): Promise<void> {
    this.#nowhere ??= await this.#app([]);
    const isFirst = (server: McpServer): boolean => this.#first.some((endpoint) => endpoint.server === server);
    for (const each of served) if (!isFirst(each.server) && !this.#apps.has(each.server)) this.#apps.set(each.server, await this.#app([each]));
  }

  /** Opens the routes of these, which were prepared, and closes those of all others. */
  async open(served: readonly ServedServer[]): Promise<void> {
    const nowhere = this.#nowhere;
    if (nowhere === undefined) return;
    const answering = new Map<string, FastifyInstance>();
    const current = new Set(served.map(({ server }) => server));
    for (const endpoint of this.#first) if (!current.has(endpoint.server)) for (const path of pathsOf(endpoint)) answering.set(path, nowhere);
    const closing: FastifyInstance[] = [];
    for (const [server, app] of this.#apps) {
      if (current.has(server)) for (const path of pathsOf(this.#options.endpointOf(server))) answering.set(path, app);
      else if (this.#apps.delete(server)) closing.push(app);
    }
    this.#answering = answering;
    await together(closing.map((app) => app.close()));
  }

  /**
   * By the route that was found: a path can be written in many ways, and none may lead to a server that went. What has
   * no route is looked up as it is written.
   */
  #appFor({ is404, routeOptions, raw }: FastifyRequest): FastifyInstance | undefined {
    const { url: route } = routeOptions;
    const found = route === undefined ? undefined : this.#answering.get(route);
    if (found !== undefined || !(is404 || route?.endsWith("*") === true)) return found;
    return this.#answering.get(raw.url?.split("?", 1)[0] ?? "");
  }

  async #app(served: readonly ServedServer[]): Promise<FastifyInstance> {
    const { log, clock, mount } = this.#options;
    const app = createHttpApp({ log, clock });
    await mount(app, served);
    await app.ready();
    return app;
  }

  async #close(): Promise<void> {
    await together([...this.#apps.values(), ...(this.#nowhere === undefined ? [] : [this.#nowhere])].map((app) => app.close()));
  }
}

const pathsOf = ({ paths, ssePaths, messagePaths, eventPaths, metadataPaths }: Endpoint<McpServer>): readonly string[] => [...paths, ...ssePaths, ...messagePaths, ...eventPaths, ...metadataPaths];
