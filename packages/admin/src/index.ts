import { definePlugin } from "@pipedrive-source/core"
import { billingAddons, currencies, legacyTeams, webhooks } from "./company.ts"
import { userConnections, userSettings } from "./own-settings.ts"
import { permissionSetAssignments, permissionSetDetails, permissionSets } from "./permission-sets.ts"
import { roleAssignments, rolePipelines, roleSettings, roles } from "./roles.ts"
import { currentUser, userFollowers, userPermissions, userRoleAssignments, userRoleSettings, users } from "./users.ts"

/** Users with their roles and rights, and the settings of the company. */
export const admin = definePlugin({
  name: "admin",
  streams: [
    users,
    userPermissions,
    userRoleAssignments,
    userRoleSettings,
    userFollowers,
    roles,
    roleAssignments,
    roleSettings,
    rolePipelines,
    permissionSets,
    permissionSetDetails,
    permissionSetAssignments,
    currencies,
    legacyTeams,
    webhooks,
    userSettings,
    userConnections,
    currentUser,
    billingAddons
  ]
})
