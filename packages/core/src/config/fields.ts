/** The options of the config, as data: the form, the decoder and its error messages are all made from them. */
import { ENTITIES } from "../custom-fields/entity.ts"
import type { ConfigField } from "./field-types.ts"

/**
 * Every option of the config, in the order of the form. Names, titles, limits and defaults of the first three are those
 * that stored configs were made with.
 */
export const configFields = {
  credentials: {
    type: "choice",
    title: "Authentication",
    description: "How the source signs in to Pipedrive.",
    required: true,
    tagField: "auth_type",
    options: [
      {
        title: "OAuth2.0",
        tag: "oauth2.0",
        fields: {
          client_id: {
            type: "text",
            title: "Client ID",
            description: "The client ID of the OAuth app, shown in Pipedrive's Developer Hub.",
            required: true,
            secret: true
          },
          client_secret: {
            type: "text",
            title: "Client Secret",
            description: "The client secret of the OAuth app, shown in Pipedrive's Developer Hub.",
            required: true,
            secret: true
          },
          refresh_token: {
            type: "text",
            title: "Refresh Token",
            description: "The token that is exchanged for access tokens. It comes from authorizing the app.",
            required: true,
            secret: true
          },
          access_token: {
            type: "text",
            title: "Access Token",
            description: "The current access token. The source renews it by itself.",
            secret: true
          },
          token_expiry_date: {
            type: "text",
            title: "Token Expiry Date",
            description: "When the access token expires. The source keeps it up to date.",
            format: "date-time"
          },
          api_domain: {
            type: "text",
            title: "API Domain",
            description:
              "The company's address in Pipedrive. If empty, the source uses the one that Pipedrive returns.",
            examples: ["https://mycompany.pipedrive.com"]
          }
        }
      },
      {
        title: "API Token",
        tag: "api_token",
        fields: {
          api_token: {
            type: "text",
            title: "API Token",
            description: "A user's API token, found in Pipedrive under Personal preferences > API.",
            required: true,
            secret: true
          }
        }
      }
    ]
  },
  replication_start_date: {
    type: "text",
    title: "Start Date",
    description: "Rows last changed before this time (UTC) are not read.",
    pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$",
    patternHint: "YYYY-MM-DDTHH:MM:SSZ",
    default: "2010-01-01T00:00:00Z",
    examples: ["2017-01-25T00:00:00Z"]
  },
  num_workers: {
    type: "integer",
    title: "Number of concurrent workers",
    description: "How many requests may be in flight at the same time, across all streams.",
    minimum: 1,
    maximum: 10,
    default: 3
  },
  daily_budget_share: {
    type: "integer",
    title: "Share of the daily API budget",
    description:
      "Percentage of the company's daily API tokens that may be used up, by this source and all other integrations " +
      "together, before a sync stops. The next sync continues where it stopped.",
    minimum: 1,
    maximum: 100,
    default: 100
  },
  mail_bodies: {
    type: "boolean",
    title: "Mail bodies",
    description:
      "Whether the streams of mails linked to deals, persons and organizations include the text of each mail. This costs no " +
      "extra tokens, but makes rows larger.",
    default: false
  },
  track_deletions: {
    type: "boolean",
    title: "Track deletions",
    description:
      "Whether rows that are gone from Pipedrive are removed from the destination as well: deleted, merged or converted " +
      "ones, and those this user may no longer see. It adds the column _ab_cdc_deleted_at, so refresh the schema after " +
      "switching it on.",
    default: false
  },
  deletion_check_hours: {
    type: "integer",
    title: "Hours between searches for deletions",
    description:
      "How many hours pass between two searches for deletions, which compare whole lists with what was sent. Each search " +
      "costs a page for every 500 rows.",
    minimum: 1,
    maximum: 720,
    default: 24
  },
  allow_mass_deletions: {
    type: "boolean",
    title: "Allow mass deletions",
    description:
      "Whether a large part of a list may be marked as deleted at once. Switch it on for one sync after rows were deleted " +
      "on purpose; without it the stream stops, as the user's rights may have changed instead.",
    default: false
  },
  custom_fields: {
    type: "word",
    title: "Custom fields",
    description:
      "How custom fields are sent: raw, as one object with Pipedrive's keys and option ids, or named, which adds a typed " +
      "column with a readable name for each field. After a change, refresh the source schema.",
    words: ["raw", "named"],
    default: "raw"
  },
  custom_field_names: {
    type: "object",
    title: "Names of custom fields",
    description:
      "Names of the columns of custom fields, by record and key. The source keeps them, so that a column stays with its " +
      "field when the field is renamed.",
    hidden: true,
    members: ENTITIES
  },
  base_url: {
    type: "text",
    title: "API Address",
    description: "An alternative address of the API: https under pipedrive.com, or http on this machine for tests.",
    hidden: true,
    examples: ["https://mycompany.pipedrive.com", "http://localhost:8080"]
  }
} as const satisfies { readonly [name: string]: ConfigField }

type Fields = typeof configFields

/** Options of the config that are on or off. */
export type Toggle = { [Name in keyof Fields]: Fields[Name]["type"] extends "boolean" ? Name : never }[keyof Fields]

/** The names of those options. */
export const toggles = Object.entries(configFields).flatMap(([name, { type }]) =>
  type === "boolean" ? [name as Toggle] : []
)
