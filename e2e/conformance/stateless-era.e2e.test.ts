import { join } from "node:path";
import { signIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { useGateway } from "../support/use-gateway.ts";
import { runSuite, type Scenario, scoredScenarios } from "./run-suite.ts";

/** Every check of these is that a server does not answer with a result: a well-formed 401 is none. */
const satisfiedByAnyRefusal = ["input-required-result-unsupported-methods", "input-required-result-validate-input"];

const gateway = useGateway({ command: [process.execPath, join(import.meta.dirname, "server/everything-stdio.ts")] });
const sum = (scenarios: readonly Scenario[], count: "success" | "failure" | "warning"): number =>
  scenarios.reduce((total, scenario) => total + scenario[count], 0);

describe("the official suite for 2026-07-28, through the gateway to a stdio server", () => {
  it("passes whole with a token of a real sign-in, but for the tasks that its own reference server has not, either", async () => {
    const { tokens } = await signIn(gateway());
    const { scenarios, output, exitCode } = await runSuite(gateway().mcpUrl, "2026-07-28", tokens.accessToken);
    const scored = scenarios.filter((scenario) => scenario.scored);
    expect(scenarios.filter(({ name, failure, warning }) => failure + warning > 0 && !name.startsWith("tasks-")), output).toEqual([]);
    // Totals, because a suite that could not reach the server would have nothing to complain about in some scenarios.
    expect({ scored: scored.length, checks: sum(scored, "success"), unscored: scenarios.length - scored.length }).toEqual({ scored: 37, checks: 120, unscored: 13 });
    expect(scored.map(({ name }) => name).toSorted()).toEqual([...scoredScenarios("2026-07-28")].toSorted());
    expect({ success: sum(scenarios, "success"), failure: sum(scenarios, "failure") }).toEqual({ success: 164, failure: 30 });
    expect(exitCode).toBe(0);
  });

  it("without a token has no green scored scenario but the two that only ask for something not to happen", async () => {
    const { scenarios, exitCode } = await runSuite(gateway().mcpUrl, "2026-07-28");
    const scored = scenarios.filter((scenario) => scenario.scored);
    expect(scored).toHaveLength(37);
    const green = scored.filter(({ failure, warning }) => failure + warning === 0).map(({ name }) => name);
    expect(green.toSorted()).toEqual(satisfiedByAnyRefusal);
    expect(exitCode).toBe(1);
  });
});
