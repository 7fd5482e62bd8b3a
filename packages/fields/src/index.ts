import { definePlugin } from "@pipedrive-source/core"
import { fieldOptions } from "./field-options.ts"
import {
  activityFields,
  dealFields,
  leadFields,
  noteFields,
  organizationFields,
  personFields,
  productFields
} from "./fields.ts"
import { projectFields } from "./project-fields.ts"

/** The fields of records, including custom ones. */
export const fields = definePlugin({
  name: "fields",
  streams: [
    dealFields,
    personFields,
    organizationFields,
    productFields,
    activityFields,
    leadFields,
    noteFields,
    projectFields,
    fieldOptions
  ]
})
