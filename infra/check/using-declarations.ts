import { Visitor } from "@swc/core/Visitor.js";

/**
 * Teaches the walker that dependency-cruiser uses about `using` and `await using`, at which it would give up:
 * what stands behind them is looked at as behind a `const`.
 */
export const understandUsingDeclarations = (): void => {
  const known = Object.getOwnPropertyDescriptor(Visitor.prototype, "visitStatement");
  Visitor.prototype.visitStatement = function (statement) {
    // The walker's own types do not know the declaration either.
    const { type, decls }: { readonly type: string; readonly decls?: Parameters<Visitor["visitVariableDeclarators"]>[0] } = statement;
    if (type !== "UsingDeclaration") return known?.value.call(this, statement);
    this.visitVariableDeclarators(decls ?? []);
    return statement;
  };
};
