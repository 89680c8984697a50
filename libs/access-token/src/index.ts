export * from "./caller.ts";
export * from "./denylist.ts";
export * from "./revocations.ts";
export * from "./signing-keys.ts";
export * from "./verify.ts";
