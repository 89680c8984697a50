import type { ValueReader } from "../value-reader.ts";
import { readGithub } from "./github.ts";
import { readGoogle } from "./google.ts";
import { readOidc } from "./oidc.ts";
import type { ProviderSetting } from "./provider-setting.ts";

/** Every provider that is turned on, in the order of the sign-in page. */
export const readProviders = (reader: ValueReader): readonly ProviderSetting[] => [readGoogle(reader), readGithub(reader), readOidc(reader)].filter((provider) => provider !== undefined);
