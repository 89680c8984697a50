import type { Setting } from "../setting.ts";
import { gatewaySettings } from "./gateway.ts";
import { laterSettings } from "./later.ts";
import { providerSettings } from "./providers.ts";
import { signInSettings } from "./sign-in.ts";
import { storageSettings } from "./storage.ts";
import { tlsSettings } from "./tls.ts";
import { upstreamSettings } from "./upstream.ts";

export const builtSettings: readonly Setting[] = [
  ...Object.values(signInSettings),
  ...Object.values(providerSettings),
  ...Object.values(upstreamSettings),
  ...Object.values(gatewaySettings),
  ...Object.values(storageSettings),
  ...Object.values(tlsSettings),
];

/** Every setting there is, in the order of the documentation. */
export const allSettings: readonly Setting[] = [...builtSettings, ...laterSettings];

/** Every environment variable that means something here. */
export const environmentNames: readonly string[] = allSettings.flatMap((row) => {
  const names = [row.name, ...row.aliases];
  return row.isSecret ? [...names, ...names.map((name) => `${name}_FILE`)] : names;
});
