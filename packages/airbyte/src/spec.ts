/**
 * The config's form as a SPEC message, made from core's `configFields`: JSON Schema for the fields, and the OAuth flow
 * that the platform runs for the button "Authenticate".
 */
import { type ConfigField, configFields, type TextField } from "@pipedrive-source/core"
import type { JsonObject } from "@pipedrive-source/core/connection"

const required = (fields: { readonly [name: string]: ConfigField }): ReadonlyArray<string> =>
  Object.keys(fields).filter((name) => fields[name]?.required)

/** Fields as JSON Schema, with their `order`; those in `before` come first. */
const propertiesOf = (fields: { readonly [name: string]: ConfigField }, before: JsonObject = {}): JsonObject => {
  const first = Object.keys(before).length
  const entries = Object.entries(fields).map(([name, field], index) => [name, propertyOf(field, first + index)])
  return { ...before, ...Object.fromEntries(entries) }
}

const textProperty = (field: TextField): JsonObject => ({
  type: "string",
  ...(field.format !== undefined && { format: field.format }),
  ...(field.pattern !== undefined && { pattern: field.pattern }),
  ...(field.patternHint !== undefined && { pattern_descriptor: field.patternHint }),
  ...(field.default !== undefined && { default: field.default }),
  ...(field.examples !== undefined && { examples: field.examples }),
  ...(field.secret && { airbyte_secret: true })
})

const kindOf = (field: ConfigField): JsonObject => {
  switch (field.type) {
    case "text":
      return textProperty(field)
    case "integer":
      return { type: "integer", minimum: field.minimum, maximum: field.maximum, default: field.default }
    case "boolean":
      return { type: "boolean", default: field.default }
    case "word":
      return { type: "string", enum: field.words, default: field.default }
    case "object":
      return {
        type: "object",
        additionalProperties: true,
        // No form can show an object of which it knows no property.
        properties: Object.fromEntries(
          field.members.map((name, order) => [
            name,
            {
              title: `${field.title}: ${name}`,
              description: field.description,
              order,
              type: "object",
              additionalProperties: true,
              properties: {},
              airbyte_hidden: true
            }
          ])
        )
      }
    case "choice":
      return {
        type: "object",
        oneOf: field.options.map((option) => ({
          title: option.title,
          type: "object",
          additionalProperties: true,
          required: [field.tagField, ...required(option.fields)],
          properties: propertiesOf(option.fields, {
            [field.tagField]: { type: "string", const: option.tag, order: 0 }
          })
        }))
      }
  }
}

const propertyOf = (field: ConfigField, order: number): JsonObject => ({
  title: field.title,
  description: field.description,
  order,
  ...kindOf(field),
  ...(field.hidden && { airbyte_hidden: true })
})

/** Values of a token answer or of the platform's own app, each stored in the config's `credentials`. */
const kept = (names: ReadonlyArray<string>, from?: "oauth_response"): JsonObject =>
  Object.fromEntries(
    names.map((name) => [
      name,
      {
        type: "string",
        path_in_connector_config: ["credentials", name],
        ...(from !== undefined && { path_in_oauth_response: [name] })
      }
    ])
  )

const app = ["client_id", "client_secret"]
const tokens = ["refresh_token", "access_token", "token_expiry_date", "api_domain"]

/**
 * What the form's button "Authenticate" does. The platform turns an extracted `expires_in` into `token_expiry_date`.
 * Addresses: https://pipedrive.readme.io/docs/marketplace-oauth-authorization
 */
const oauth: JsonObject = {
  auth_flow_type: "oauth2.0",
  predicate_key: ["credentials", configFields.credentials.tagField],
  predicate_value: configFields.credentials.options[0].tag,
  oauth_config_specification: {
    oauth_connector_input_specification: {
      consent_url:
        "https://oauth.pipedrive.com/oauth/authorize?client_id={{ client_id_value }}" +
        "&redirect_uri={{ {{ redirect_uri_value }} | urlEncoder }}&state={{ state_value }}",
      access_token_url: "https://oauth.pipedrive.com/oauth/token",
      access_token_headers: {
        Authorization: "Basic {{ {{ client_id_value }}:{{ client_secret_value }} | base64Encoder }}",
        "Content-Type": "application/x-www-form-urlencoded"
      },
      access_token_params: {
        grant_type: "authorization_code",
        redirect_uri: "{{ redirect_uri_value }}",
        code: "{{ auth_code_value }}"
      },
      extract_output: ["access_token", "refresh_token", "expires_in", "api_domain"]
    },
    complete_oauth_output_specification: { type: "object", properties: kept(tokens, "oauth_response") },
    complete_oauth_server_input_specification: {
      type: "object",
      required: app,
      properties: Object.fromEntries(app.map((name) => [name, { type: "string" }]))
    },
    complete_oauth_server_output_specification: { type: "object", required: app, properties: kept(app) }
  }
}

/** What the config may contain, as a form shows it: the `spec` of a SPEC message. */
export const spec: JsonObject = {
  documentationUrl: "https://www.npmjs.com/package/airbyte-source-pipedrive",
  connectionSpecification: {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Pipedrive Spec",
    type: "object",
    additionalProperties: true,
    required: required(configFields),
    properties: propertiesOf(configFields)
  },
  supported_destination_sync_modes: [],
  advanced_auth: oauth
}
