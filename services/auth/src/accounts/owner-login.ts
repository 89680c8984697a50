/** The only login of a gateway with a shared password. Password managers need a name to keep it under. */
export const ownerLogin = "owner";
