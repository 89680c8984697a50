export { parseCommandLine, type Invocation, type ServerCommand } from "./command-line.ts";
export { configurationPage } from "./configuration-page.ts";
export { isLoopback, parseExternalUrl, type ExternalUrl } from "./external-url.ts";
export type { GatewayConfig, GatewayLocation, PasswordSetting, SettingsFile } from "./gateway-config.ts";
export { helpText } from "./help-text.ts";
export { loadGatewayConfig, loadGatewayLocation, type Given, type Loaded, type Problems } from "./load.ts";
export type { OperatorCommand, RevokeTarget } from "./operator-command.ts";
export type { TlsSetting } from "./tls.ts";
