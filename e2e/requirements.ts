import { authorizationRequirements } from "./requirements/authorization.ts";
import { clientRequirements } from "./requirements/clients.ts";
import { discoveryRequirements } from "./requirements/discovery.ts";
import { practiceRequirements } from "./requirements/practices.ts";
import type { Requirement } from "./requirements/requirement.ts";
import { tokenRequirements } from "./requirements/tokens.ts";

/** What the authorization server is asked for, and the tests that show it. A check fails for a row without either tests or a reason. */
export const requirements: readonly Requirement[] = [
  ...discoveryRequirements,
  ...clientRequirements,
  ...authorizationRequirements,
  ...tokenRequirements,
  ...practiceRequirements,
];
