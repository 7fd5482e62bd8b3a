export { FAULT_KINDS } from "./faults.ts"
export type {
  Clock,
  Emulator,
  EmulatorOptions,
  FaultKind,
  FaultRule,
  IncomingRequest,
  LoggedRequest,
  Shape,
  Switches,
  Table
} from "./interface.ts"
export { TABLES } from "./interface.ts"
export { raw } from "./json.ts"
export { type EndpointFacts, listEndpoints } from "./resources/endpoints.ts"
export { startEmulator } from "./start.ts"
