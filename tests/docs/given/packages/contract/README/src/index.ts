export { crm as myPlugin } from "@pipedrive-source/crm"
