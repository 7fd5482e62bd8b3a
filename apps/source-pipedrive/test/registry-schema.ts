/**
 * What Airbyte's registry asks of the file of its connectors and of a source in it. Its own model allows further
 * properties of a source; here only those of metadata.yaml are, so that a slip of the pen is seen.
 *
 * @see https://connectors.airbyte.com/files/registries/v0/oss_registry.json
 */
const text = { type: "string", minLength: 1 }
const texts = { type: "array", items: text }

const strict = (properties: object, required: ReadonlyArray<string> = []) => ({
  type: "object",
  additionalProperties: false,
  required,
  properties
})

/** Cores and memory that a pod of Kubernetes asks for. */
const resources = strict({ cpu_request: text, cpu_limit: text, memory_request: text, memory_limit: text })

const jobs = ["get_spec", "check_connection", "discover_schema", "sync", "reset_connection", "connection_updater"]

const breakingChange = strict(
  {
    upgradeDeadline: { type: "string", format: "date" },
    message: text,
    migrationDocumentationUrl: { type: "string", format: "uri" },
    scopedImpact: {
      type: "array",
      minItems: 1,
      items: strict({ scopeType: { const: "stream" }, impactedScopes: { ...texts, minItems: 1 } }, [
        "scopeType",
        "impactedScopes"
      ])
    }
  },
  ["upgradeDeadline", "message"]
)

const releases = strict({
  breakingChanges: {
    type: "object",
    propertyNames: { pattern: "^\\d+\\.\\d+\\.\\d+$" },
    additionalProperties: breakingChange
  },
  releaseCandidates: { type: "object" },
  migrationDocumentationUrl: { type: "string", format: "uri" }
})

const generated = strict({
  git: strict({ commit_sha: text, commit_timestamp: text, commit_author: text, commit_author_email: text }),
  source_file_info: strict({
    metadata_etag: text,
    metadata_file_path: text,
    metadata_bucket_name: text,
    metadata_last_modified: text,
    registry_entry_generated_at: text
  }),
  metrics: { type: "object" },
  sbomUrl: text
})

/** The SPEC message's own part: what `spec` prints. */
const spec = {
  type: "object",
  required: ["connectionSpecification"],
  properties: {
    documentationUrl: { type: "string", format: "uri" },
    connectionSpecification: { type: "object", required: ["$schema", "type", "properties"] },
    protocol_version: text
  }
}

const source = strict(
  {
    sourceDefinitionId: { type: "string", format: "uuid" },
    name: text,
    dockerRepository: text,
    dockerImageTag: text,
    documentationUrl: { type: "string", format: "uri" },
    icon: text,
    iconUrl: { type: "string", format: "uri" },
    sourceType: { enum: ["api", "file", "database", "custom"] },
    spec,
    tombstone: { type: "boolean" },
    public: { type: "boolean" },
    custom: { type: "boolean" },
    releaseStage: { enum: ["alpha", "beta", "generally_available", "custom"] },
    supportLevel: { enum: ["community", "certified", "archived"] },
    releaseDate: { type: "string", format: "date" },
    resourceRequirements: strict({
      default: resources,
      jobSpecific: {
        type: "array",
        items: strict({ jobType: { enum: [...jobs, "replicate"] }, resourceRequirements: resources }, [
          "jobType",
          "resourceRequirements"
        ])
      }
    }),
    protocolVersion: text,
    allowedHosts: strict({ hosts: texts }),
    suggestedStreams: strict({ streams: texts }),
    maxSecondsBetweenMessages: { type: "integer", minimum: 1 },
    erdUrl: text,
    releases,
    ab_internal: strict({ sl: { enum: [100, 200, 300] }, ql: { enum: [100, 200, 300, 400, 500, 600] } }),
    generated,
    packageInfo: strict({ cdk_version: text }),
    language: text,
    supportsFileTransfer: { type: "boolean" },
    // Of metadata.yaml, as it is.
    license: { enum: ["MIT", "ELv2"] },
    githubIssueLabel: text,
    tags: { type: "array", items: { type: "string", pattern: "^(language|cdk|keyword):.+$" } },
    connectorTestSuitesOptions: { type: "array", items: strict({ suite: text }, ["suite"]) }
  },
  ["sourceDefinitionId", "name", "dockerRepository", "dockerImageTag", "documentationUrl", "spec"]
)

/** A registry of sources. */
export const registrySchema = strict(
  { sources: { type: "array", items: source }, destinations: { type: "array", maxItems: 0 } },
  ["sources", "destinations"]
)
