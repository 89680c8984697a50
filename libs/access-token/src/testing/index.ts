export * from "./fake-auth.ts";
export * from "./signer.ts";
