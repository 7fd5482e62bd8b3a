export { type ContractOptions, contractTests } from "./suite.ts"
