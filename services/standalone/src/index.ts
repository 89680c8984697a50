export { startGateway, type RunningGateway } from "./serve.ts";
