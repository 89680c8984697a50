// oxlint-disable-next-line typescript/triple-slash-reference -- whoever imports this package needs the types, too
/// <reference path="./pg.d.ts" />
import { AppError } from "@mcp-auth-proxy/contracts";
import { TypeOverrides } from "pg";

/** pg_type.oid of bigint and numeric, which the driver answers as text because not all of theirs fit a number. */
const bigint = 20;
const numeric = 1_700;

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new AppError("internal", "the database answered a number that is too large to be one here");
  return value;
};

/** Integers come back as numbers, as SQLite's do; one that would come back as another is refused. */
export const numbersAsNumbers = (): TypeOverrides => {
  const types = new TypeOverrides();
  types.setTypeParser(bigint, wholeNumber);
  // What a sum of integers is.
  types.setTypeParser(numeric, (text) => (/^-?\d+$/.test(text) ? wholeNumber(text) : text));
  return types;
};
