export { FAULT_KINDS } from "./faults.ts"
export type {
  Clock,
  CustomFieldControl,
  Emulator,
  EmulatorOptions,
  FaultKind,
  FaultRule,
  FieldedEntity,
  IncomingRequest,
  LoggedRequest,
  Shape,
  Switches,
  Table
} from "./interface.ts"
export { TABLES } from "./interface.ts"
export { raw } from "./json.ts"
export { type EndpointFacts, listEndpoints } from "./resources/endpoints.ts"
export type { CustomField, CustomOption, CustomSeed, CustomType } from "./seed/custom-fields.ts"
export { startEmulator } from "./start.ts"
