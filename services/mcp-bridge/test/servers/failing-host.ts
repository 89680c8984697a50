// Starts a stubborn child as the gateway does, says the pids, and fails. Run it, do not import it.
import { join } from "node:path";
import { systemClock } from "@mcp-auth-proxy/contracts";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { Supervisor } from "../../src/children/supervisor.ts";
import { defaultBridgeLimits } from "../../src/limits.ts";

const log = createLog({ level: "error", format: "json", destination: { write: () => undefined } });
const supervisor = new Supervisor({ limits: defaultBridgeLimits, childUser: undefined, clock: systemClock, log });
const server = {
  name: "stubborn",
  path: "/mcp" as const,
  resource: "",
  command: "/bin/sh",
  args: [join(import.meta.dirname, "stubborn.sh")],
  cwd: "/",
  env: { PATH: "/usr/bin:/bin" },
};
const child = supervisor.start(server, {
  line: (line) => {
    const { result } = JSON.parse(line.toString()) as { result: { pid: number; grandchild: number } };
    process.stdout.write(`${result.pid} ${result.grandchild}\n`, () => {
      throw new Error("nobody catches this");
    });
  },
  ended: () => undefined,
});
child.send(Buffer.from('{"jsonrpc":"2.0","id":1}'));
