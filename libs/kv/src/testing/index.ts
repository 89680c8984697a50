export * from "./kv.contract.ts";
