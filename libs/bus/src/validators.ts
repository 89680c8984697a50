import { AppError, type ErrorCode } from "@mcp-auth-proxy/contracts";
import type { Static, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import { Format } from "typebox/format";

/** A format that the validator does not know would accept everything: refuse the schema instead. */
const assertKnownFormats = (schema: object): void => {
  for (const [key, value] of Object.entries(schema)) {
    if (key === "format" && typeof value === "string" && !Format.Has(value)) throw new AppError("internal", `unknown format ${value} in a schema`);
    if (typeof value === "object" && value !== null) assertKnownFormats(value);
  }
};

/** Checks values against schemas; each schema is compiled once. */
export interface Validators {
  /** Compiles ahead of the first message. */
  prepare(schema: TSchema): void;
  /**
   * Hands the value back as it came: unknown fields stay, nothing is coerced or filled in.
   * Throws AppError `code`; its detail names the places that failed and never the values.
   */
  check<Schema extends TSchema>(schema: Schema, value: unknown, code: ErrorCode): Static<Schema>;
}

export const createValidators = (): Validators => {
  const compiled = new Map<TSchema, Validator>();
  const prepare = (schema: TSchema): Validator => {
    const known = compiled.get(schema);
    if (known !== undefined) return known;
    assertKnownFormats(schema);
    const validator = Compile(schema);
    compiled.set(schema, validator);
    return validator;
  };
  return {
    prepare,
    check: <Schema extends TSchema>(schema: Schema, value: unknown, code: ErrorCode): Static<Schema> => {
      const validator = prepare(schema);
      const fits = (candidate: unknown): candidate is Static<Schema> => validator.Check(candidate);
      if (fits(value)) return value;
      const places = validator.Errors(value).slice(0, 5).map((error) => `${error.instancePath || "/"} ${error.keyword}`);
      throw new AppError(code, `does not fit its schema: ${places.join(", ")}`);
    },
  };
};
