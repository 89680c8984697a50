import { expect, it } from "vitest";
import { credentialIdOf } from "../src/index.ts";

const owner = { subjectId: "s", resource: "https://mcp.example.com/mcp", provider: "google" };

it("names the same credential for the same owner", () => {
  expect(credentialIdOf(owner)).toBe("9E8w0BZ8oWP-mWU-KRS9kpUKuPV6fhRxV1SGWo7CCVY");
});

it("never takes two owners for one, whatever stands in their names", () => {
  const tricky = [
    owner,
    { ...owner, subjectId: 's","https://mcp.example.com/mcp' },
    { ...owner, resource: "https://mcp.example.com/mcp,google", provider: "" },
    { ...owner, subjectId: "", resource: "s,https://mcp.example.com/mcp" },
    { ...owner, provider: "googl", resource: "https://mcp.example.com/mcpe" },
  ];
  expect(new Set(tricky.map(credentialIdOf)).size).toBe(tricky.length);
});
