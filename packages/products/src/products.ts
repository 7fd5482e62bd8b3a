import {
  byIds,
  columns as c,
  cursorPages,
  defineStream,
  ofChangedParents,
  perParent,
  since,
  singlePage
} from "@pipedrive-source/core"

/** Products of the catalogue. */
export const products = defineStream({
  name: "products",
  path: "v2/products",
  docs: "https://developers.pipedrive.com/docs/api/v1/Products#getProducts",
  tokens: 10,
  scope: "products:read",
  columns: {
    id: c.integer,
    name: c.text,
    code: c.text,
    description: c.text,
    unit: c.text,
    tax: c.describe(c.number, "Percent."),
    category: c.describe(c.text, "Option of the category field."),
    is_deleted: c.boolean,
    is_linkable: c.describe(c.boolean, "Whether it can be added to deals."),
    visible_to: c.integer,
    owner_id: c.integer,
    add_time: c.timestamp,
    update_time: c.timestamp,
    billing_frequency: c.text,
    billing_frequency_cycles: c.integer,
    prices: c.listOf(
      c.objectOf({
        product_id: c.integer,
        price: c.number,
        currency: c.text,
        cost: c.number,
        direct_cost: c.number,
        notes: c.text
      })
    ),
    custom_fields: c.describe(c.object, "Custom fields of the account, by the key of the field.")
  },
  primaryKey: ["id"],
  paging: cursorPages(),
  query: { sort_by: "update_time", sort_direction: "asc" },
  customFields: { of: "product", in: "custom_fields" },
  changes: since("update_time"),
  lookup: byIds()
})

/** Variations of products, with their own prices. */
export const productVariations = defineStream({
  name: "product_variations",
  path: "v2/products/{id}/variations",
  docs: "https://developers.pipedrive.com/docs/api/v1/Products#getProductVariations",
  tokens: 10,
  scope: "products:read",
  columns: {
    id: c.integer,
    product_id: c.integer,
    name: c.text,
    prices: c.listOf(
      c.objectOf({
        product_variation_id: c.integer,
        price: c.number,
        currency: c.text,
        cost: c.number,
        direct_cost: c.number,
        notes: c.text
      })
    )
  },
  primaryKey: ["id"],
  paging: cursorPages(),
  changes: ofChangedParents(),
  parents: perParent("products", "product_id")
})

/** The image of a product: at most one, as a link that is valid for 7 days. */
export const productImages = defineStream({
  name: "product_images",
  path: "v2/products/{id}/images",
  docs: "https://developers.pipedrive.com/docs/api/v1/Products#getProductImage",
  tokens: 10,
  scope: "products:read",
  columns: {
    id: c.integer,
    product_id: c.integer,
    company_id: c.text,
    public_url: c.text,
    add_time: c.text,
    mime_type: c.text,
    name: c.text
  },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: ofChangedParents(),
  parents: perParent("products", "product_id")
})

/** Users who follow a product. */
export const productFollowers = defineStream({
  name: "product_followers",
  path: "v2/products/{id}/followers",
  docs: "https://developers.pipedrive.com/docs/api/v1/Products#getProductFollowers",
  tokens: 10,
  scope: "products:read",
  columns: { product_id: c.integer, user_id: c.integer, add_time: c.timestamp },
  primaryKey: ["product_id", "user_id"],
  paging: cursorPages(),
  changes: ofChangedParents(),
  parents: perParent("products", "product_id")
})
