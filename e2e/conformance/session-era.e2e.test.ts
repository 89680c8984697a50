import { join } from "node:path";
import { signIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { useGateway } from "../support/use-gateway.ts";
import { runSuite, type Scenario, scoredScenarios } from "./run-suite.ts";

const gateway = useGateway({ command: [process.execPath, join(import.meta.dirname, "server/everything-stdio.ts")] });
const sum = (scenarios: readonly Scenario[], count: "success" | "failure" | "warning"): number =>
  scenarios.reduce((total, scenario) => total + scenario[count], 0);

describe("the official suite for 2025-11-25, through the gateway to a stdio server", () => {
  it("passes whole with a token of a real sign-in", async () => {
    const { tokens } = await signIn(gateway());
    const { scenarios, output, exitCode } = await runSuite(gateway().mcpUrl, "2025-11-25", tokens.accessToken);
    const scored = scenarios.filter((scenario) => scenario.scored);
    expect(scenarios.filter(({ failure, warning }) => failure + warning > 0), output).toEqual([]);
    // Totals, because a suite that could not reach the server would have nothing to complain about in some scenarios.
    expect({ scored: scored.length, checks: sum(scored, "success"), unscored: scenarios.length - scored.length }).toEqual({ scored: 30, checks: 69, unscored: 3 });
    expect(scored.map(({ name }) => name).toSorted()).toEqual([...scoredScenarios("2025-11-25")].toSorted());
    expect(sum(scenarios, "success")).toBe(82);
    expect(exitCode).toBe(0);
  });

  it("has not one green scenario without a token", async () => {
    const { scenarios, exitCode } = await runSuite(gateway().mcpUrl, "2025-11-25");
    expect(scenarios).toHaveLength(33);
    expect(scenarios.filter(({ failure }) => failure === 0)).toEqual([]);
    expect(exitCode).toBe(1);
  });
});
