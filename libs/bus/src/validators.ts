import { AppError, type ErrorCode } from "@mcp-auth-proxy/contracts";
import type { Static, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";

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
    const known = compiled.get(schema) ?? Compile(schema);
    compiled.set(schema, known);
    return known;
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
