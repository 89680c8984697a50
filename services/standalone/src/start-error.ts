/** 1: it was tried and failed. 2: it was refused, because of what was asked. */
export type ExitCode = 1 | 2;

/** A start that ends before anything runs: a sentence for a person, no stack. Several: one line each. */
export class StartError extends Error {
  readonly exitCode: ExitCode;
  readonly lines: readonly string[];

  constructor(exitCode: ExitCode, lines: readonly string[], cause?: unknown) {
    super(lines.join("\n"), cause === undefined ? undefined : { cause });
    this.name = "StartError";
    this.exitCode = exitCode;
    this.lines = lines;
  }
}
