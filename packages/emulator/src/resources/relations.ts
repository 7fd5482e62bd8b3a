import { notFound } from "../errors.ts"
import { quote } from "../json.ts"
import { integer } from "../query.ts"
import { hex } from "../random.ts"
import { choice, field, id, int, made, PLAIN, time, varied } from "../row.ts"
import { DataTable } from "../table.ts"
import { anyOf, CURSOR_PARAMS, childrenOf, everyRow, type Family, parentRow, spread } from "./family.ts"

const CONTACT_SCOPES = ["contacts:read", "contacts:full"]
const PRODUCT_SCOPES = ["products:read", "products:full"]

/** What hangs on contacts and products: organization relationships, pictures, variations, images. */
export const relations: Family = (account) => {
  const organizations = account.table("organizations")
  const persons = account.table("persons")
  const products = account.table("products")
  const users = account.table("users")

  const relationships = account.add(
    new DataTable({
      name: "relationships",
      size: account.size("relationships", 16),
      updated: "update_time",
      touch: "related_organization_name"
    })
  )
  const updated = relationships.time("update_time", (row) => account.pastMs("relationships", row, 211))
  const owner = relationships.int("owner_org", spread(organizations, 1))
  const linked = relationships.int("linked_org", (row) => {
    const count = Math.max(2, organizations.count)
    return Number(organizations.id(((owner.get(row) - 1 + 1 + (row % 3)) % count) % Math.max(1, organizations.count)))
  })
  const type = relationships.choice("type", ['"parent"', '"related"'], (row) => row % 2)
  const nested = (of: number): string => {
    const at = organizations.find(of)
    if (at < 0) return "null"
    return (
      `{"name":${organizations.value(at, "name")},"people_count":${organizations.value(at, "people_count")},"owner_id":${organizations.value(at, "owner_id")},` +
      `"address":null,"active_flag":true,"cc_email":null,"value":${of}}`
    )
  }
  /** The other organization as seen from the one asked for. */
  const other = (row: number, form: string): number =>
    Number(form) === linked.get(row) ? owner.get(row) : linked.get(row)
  relationships.fields.push(
    field("id", id),
    field("type", choice(type)),
    field(
      "rel_owner_org_id",
      made((row) => nested(owner.get(row)))
    ),
    field(
      "rel_linked_org_id",
      made((row) => nested(linked.get(row)))
    ),
    field("add_time", time(updated, "v1")),
    field("update_time", time(updated, "v1")),
    field("active_flag", '"true"'),
    field(
      "calculated_type",
      made((row, { form }) =>
        type.get(row) === 1 ? '"related"' : Number(form) === linked.get(row) ? '"parent"' : '"daughter"'
      )
    ),
    field(
      "calculated_related_org_id",
      made((row, { form }) => String(other(row, form)))
    ),
    field(
      "related_organization_name",
      made((row, { form }) => {
        const at = organizations.find(other(row, form))
        return at < 0 ? '""' : organizations.value(at, "name")
      })
    )
  )
  account.touchParent(relationships, "owner_org", "organizations")

  const pictures = account.add(
    new DataTable({ name: "pictures", size: account.size("pictures", 12), touch: "file_size" })
  )
  const pictured = pictures.int("item_id", spread(persons, 1))
  const pictureBy = pictures.int("added_by_user_id", anyOf(account, users, 213))
  pictures.fields.push(
    field("id", id),
    field("item_type", '"person"'),
    field("item_id", int(pictured)),
    field("added_by_user_id", int(pictureBy)),
    field("active_flag", "true"),
    varied("file_size", (variant) => String(20_000 + variant)),
    varied("pictures", (variant) => {
      const name = hex(40, account.seed + variant, 214)
      return `{"128":"https://pics.example/${name}_128.jpg","512":"https://pics.example/${name}_512.jpg"}`
    })
  )
  account.touchParent(pictures, "item_id", "persons")

  const variations = account.add(
    new DataTable({ name: "variations", size: account.size("variations", 24), touch: "name" })
  )
  const variationOf = variations.int("product_id", spread(products, 2))
  variations.fields.push(
    field("id", id),
    varied("name", (variant) => quote(["Größe S", "Größe M", 'Rot "matt"', "XL"][variant % 4] as string)),
    field("product_id", int(variationOf)),
    varied(
      "prices",
      (variant) =>
        `[{"price":${variant}.50,"currency":"EUR","cost":null,"direct_cost":null,"comment":"","price_id":${variant + 1}}]`
    )
  )
  account.touchParent(variations, "product_id", "products")

  const images = account.add(new DataTable({ name: "images", size: account.size("images", 12), touch: "name" }))
  const imageOf = images.int("product_id", spread(products, 1))
  const imageAdded = images.time("add_time", (row) => account.pastMs("images", row, 215))
  images.fields.push(
    field("id", id),
    field("product_id", int(imageOf)),
    field("company_id", quote(String(account.companyId))),
    field("public_url", '"https://images.example/', id, '?signature=a%2Fb"'),
    field("add_time", time(imageAdded, "v2")),
    varied("mime_type", (variant) => quote(variant % 2 ? "image/png" : "image/jpeg")),
    varied("name", (variant) => quote(`photo ${variant}.jpg`))
  )
  account.touchParent(images, "product_id", "products")

  return [
    {
      path: "v1/organizationRelationships",
      cost: 20,
      scopes: CONTACT_SCOPES,
      paging: "whole",
      params: { org_id: integer },
      required: ["org_id"],
      list: (query) => {
        const org = query.number("org_id")
        if (org !== undefined && organizations.find(org) < 0) throw notFound("organization")
        return everyRow(relationships, {
          selection: { ...PLAIN, form: org === undefined ? "" : String(org) },
          where: (row) => org === undefined || owner.get(row) === org || linked.get(row) === org,
          ...(org === undefined ? {} : { insertWith: { owner_org: org } })
        })
      }
    },
    {
      path: "v2/persons/{id}/picture",
      cost: 1,
      scopes: CONTACT_SCOPES,
      paging: "object",
      list: childrenOf(account, "persons", "pictures", "item_id", "person")
    },
    {
      path: "v2/products/{id}/variations",
      cost: 10,
      scopes: PRODUCT_SCOPES,
      paging: "cursor",
      params: CURSOR_PARAMS,
      list: childrenOf(account, "products", "variations", "product_id", "product")
    },
    {
      path: "v2/products/{id}/images",
      cost: 10,
      scopes: PRODUCT_SCOPES,
      paging: "object",
      list: childrenOf(account, "products", "images", "product_id", "product")
    },
    ...(["deals", "persons", "organizations", "products"] as const).map((parent) => ({
      path: `v1/${parent}/{id}/permittedUsers`,
      cost: 10,
      scopes:
        parent === "deals" ? ["deals:read", "deals:full"] : parent === "products" ? PRODUCT_SCOPES : CONTACT_SCOPES,
      paging: "whole" as const,
      list: (query: Parameters<typeof parentRow>[2]) => {
        parentRow(account, parent, query, parent.slice(0, -1))
        return { kind: "texts" as const, texts: Array.from({ length: users.count }, (_, row) => String(users.id(row))) }
      }
    }))
  ]
}
