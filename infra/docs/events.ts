// npm run docs: writes docs/events.md from the deciders, the contracts and the sentences.
import { writeFileSync } from "node:fs";
import { eventsPage } from "./events-page.ts";

writeFileSync(new URL("../../docs/events.md", import.meta.url), eventsPage());
