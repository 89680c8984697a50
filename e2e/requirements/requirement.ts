/** A test by the file it is in and its title, as both are written. */
export type Citation = readonly [file: string, title: string];

/** One thing that the MCP authorization pages, or an RFC behind them, ask of the server. */
export interface Requirement {
  /** As tests and documents name it. */
  readonly id: string;
  /** In our own words, in one line. */
  readonly asks: string;
  /** The tests that show it. */
  readonly tests?: readonly Citation[];
  /** Why there is no test, or what the tests leave out: it does not apply, or is not there yet. */
  readonly because?: string;
}

export const auth = (file: string): string => `services/auth/test/${file}.test.ts`;
export const bridge = (file: string): string => `services/mcp-bridge/test/${file}.test.ts`;
export const security = (file: string): string => `e2e/security/${file}.e2e.test.ts`;
