import { AppError } from "@mcp-auth-proxy/contracts";
import type { Decider } from "./decider.ts";
import { deciderVersion } from "./decider-version.ts";
import type { DomainEvent, InlineProjection } from "./port.ts";

/** Any decider, whatever it decides: the store only needs to know which events it may meet. */
export type AnyDecider = Decider<unknown, unknown, DomainEvent, unknown>;

/**
 * One forward step of a service's own tables. Never edit one that was released: write another.
 * Statements that every dialect speaks, one each, none beginning with a comment (the SQLite dialect would
 * take it for a query without rows and say nothing).
 */
export interface StoreMigration {
  readonly name: string;
  readonly up: readonly string[];
  /** Tables of this step whose rows must never be changed or deleted: the database refuses it, in its own dialect. */
  readonly appendOnly?: readonly string[];
}

/** What a service keeps: its streams' rules, its read models, its tables. */
export interface StoreDefinition {
  readonly name: string;
  readonly migrations: readonly StoreMigration[];
  readonly projections: readonly InlineProjection[];
  readonly deciders: readonly AnyDecider[];
}

/** Event type → the schema that this version reads and writes. */
export type KnownEvents = ReadonlyMap<string, number>;

const wrong = (definition: StoreDefinition, what: string): AppError =>
  new AppError("internal", `store definition "${definition.name}": ${what}`);

const repeated = (names: readonly string[]): string | undefined => names.find((name, at) => names.indexOf(name) !== at);

/** A second statement after the semicolon would be dropped without a word; a trigger's body has its own. */
const hasTail = (statement: string): boolean => /;\s*\S/.test(statement) && !/^\s*create\s+trigger\b/i.test(statement);

const checkStatement = (definition: StoreDefinition, migration: StoreMigration, statement: string): void => {
  if (/^\s*(--|\/\*|$)/.test(statement)) throw wrong(definition, `migration ${migration.name} has a statement that begins with a comment or is empty`);
  if (hasTail(statement)) throw wrong(definition, `migration ${migration.name} has two statements in one text`);
  const table = /^\s*create\s+table\s+(?:if\s+not\s+exists\s+)?"?(\w+)/i.exec(statement)?.[1];
  if (table !== undefined && !/^(rm|cx|tt|au)_[a-z]/.test(table)) {
    throw wrong(definition, `table ${table} must start with rm_, cx_, tt_ or au_`);
  }
};

const checkTables = (definition: StoreDefinition): void => {
  const tables = definition.projections.flatMap((projection) => projection.tables);
  const foreign = tables.find((table) => !/^rm_[a-z]/.test(table));
  if (foreign !== undefined) throw wrong(definition, `projection table ${foreign} must start with rm_`);
  const shared = repeated(tables);
  if (shared !== undefined) throw wrong(definition, `two projections share the table ${shared}`);
};

/** Refuses a definition that could not be kept, and answers with the events that it knows. */
export const checkDefinition = (definition: StoreDefinition): KnownEvents => {
  const twice =
    repeated(definition.migrations.map((migration) => migration.name)) ??
    repeated(definition.projections.map((projection) => projection.name)) ??
    repeated(definition.deciders.map((decider) => decider.name));
  if (twice !== undefined) throw wrong(definition, `the name ${twice} is used twice`);
  for (const migration of definition.migrations) {
    for (const statement of migration.up) checkStatement(definition, migration, statement);
    const open = migration.appendOnly?.find((table) => !/^au_[a-z_]+$/.test(table));
    if (open !== undefined) throw wrong(definition, `append-only table ${open} must start with au_`);
  }
  checkTables(definition);
  for (const decider of definition.deciders) deciderVersion(decider);
  const known = new Map<string, number>();
  for (const [type, schema] of definition.deciders.flatMap((decider) => Object.entries(decider.eventTypes))) {
    if (known.has(type)) throw wrong(definition, `two deciders write the event ${type}`);
    if (!Number.isInteger(schema) || schema < 1) throw wrong(definition, `the schema of ${type} must be 1 or more`);
    known.set(type, schema);
  }
  return known;
};
