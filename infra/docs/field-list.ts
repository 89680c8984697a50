/** A JSON schema as TypeBox makes it, as far as a list of fields needs it. */
type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema => typeof value === "object" && value !== null && !Array.isArray(value);

const members = (value: unknown): readonly Schema[] => (Array.isArray(value) ? value.filter(isSchema) : []);

const field = (name: string, schema: Schema, optional: boolean): string => {
  const shape = shapeOf(schema);
  return `${name}${optional ? "?" : ""}${shape === "" ? "" : `: ${shape}`}`;
};

/** What can be inside of a value; nothing for a plain text or number. */
const shapeOf = (schema: Schema): string => {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.anyOf)) return members(schema.anyOf).map(shapeOf).join(" | ");
  if (schema.type === "array") return `${isSchema(schema.items) ? shapeOf(schema.items) : ""}[]`;
  return isSchema(schema.properties) ? `{ ${fieldList(schema)} }` : "";
};

/** The fields of an object in one line: names, and what is inside of those that hold more than one value. */
export const fieldList = (schema: unknown): string => {
  if (!isSchema(schema) || !isSchema(schema.properties)) return "";
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties)
    .map(([name, inner]) => field(name, isSchema(inner) ? inner : {}, !required.includes(name)))
    .join(", ");
};

/** The schema of one field of an object. */
export const fieldOf = (schema: unknown, name: string): unknown =>
  isSchema(schema) && isSchema(schema.properties) ? schema.properties[name] : undefined;
