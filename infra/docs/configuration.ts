// npm run docs: writes docs/configuration.md from the table of settings.
import { mkdirSync, writeFileSync } from "node:fs";
import { configurationPage } from "@mcp-auth-proxy/config";

mkdirSync(new URL("../../docs", import.meta.url), { recursive: true });
writeFileSync(new URL("../../docs/configuration.md", import.meta.url), configurationPage());
