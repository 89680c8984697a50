import { AppError } from "@mcp-auth-proxy/contracts";
import { type KyselyPlugin, OperationNodeTransformer, type TableNode } from "kysely";
import type { InlineProjection, Sql } from "../port.ts";

class TableFence extends OperationNodeTransformer {
  readonly #projection: InlineProjection;

  constructor(projection: InlineProjection) {
    super();
    this.#projection = projection;
  }

  protected override transformTable(node: TableNode): TableNode {
    const name = node.table.identifier.name;
    if (!this.#projection.tables.includes(name)) {
      throw new AppError("internal", `projection ${this.#projection.name} touches ${name}, which it does not declare`);
    }
    return node;
  }
}

const plugins = new WeakMap<InlineProjection, KyselyPlugin>();

const fence = (projection: InlineProjection): KyselyPlugin => {
  const transformer = new TableFence(projection);
  return {
    transformQuery: ({ node }) => {
      // The tables inside of a raw statement can not be seen.
      if (node.kind === "RawNode") throw new AppError("internal", `projection ${projection.name} uses a raw statement`);
      return transformer.transformNode(node);
    },
    transformResult: ({ result }) => Promise.resolve(result),
  };
};

/**
 * The transaction as a projection may use it: its own tables and no others, reading included. What a read model
 * takes from elsewhere would be different when it is rebuilt. A fence against mistakes: a query that was compiled
 * elsewhere passes it.
 */
export const fencedFor = (projection: InlineProjection, sql: Sql): Sql => {
  const plugin = plugins.get(projection) ?? fence(projection);
  plugins.set(projection, plugin);
  return sql.withPlugin(plugin);
};
