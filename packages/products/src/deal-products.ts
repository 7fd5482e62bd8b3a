import {
  columns as c,
  cursorPages,
  defineStream,
  ofChangedParents,
  perParent,
  perParents,
  singlePage
} from "@pipedrive-source/core"

const parents = ["deals", "deals_archived"]
const from = "@pipedrive-source/crm"
/** The bulk endpoints take 100 deals per request. */
const ask = { parameter: "deal_ids", size: 100 }

/** Products on deals. */
export const dealProducts = defineStream({
  name: "deal_products",
  path: "v2/deals/products",
  docs: "https://developers.pipedrive.com/docs/api/v1/DealProducts#getDealsProducts",
  tokens: 10,
  scope: "deals:read",
  columns: {
    id: c.integer,
    deal_id: c.integer,
    product_id: c.integer,
    product_variation_id: c.integer,
    name: c.text,
    order_nr: c.integer,
    sum: c.number,
    tax: c.describe(c.number, "Percent."),
    tax_method: c.text,
    currency: c.text,
    item_price: c.number,
    quantity: c.number,
    discount: c.number,
    discount_type: c.describe(c.text, "percentage or amount."),
    comments: c.text,
    is_enabled: c.boolean,
    is_deleted: c.boolean,
    billing_frequency: c.text,
    billing_frequency_cycles: c.integer,
    billing_start_date: c.date,
    add_time: c.timestamp,
    update_time: c.timestamp
  },
  primaryKey: ["id"],
  paging: cursorPages(),
  changes: ofChangedParents({ cursorField: "update_time", sweep: "whole" }),
  parents: perParents(parents, "deal_id", ask, { count: "products_count", from })
})

/** Installments of deals. The endpoint declares no paging information. */
export const dealInstallments = defineStream({
  name: "deal_installments",
  path: "v2/deals/installments",
  docs: "https://developers.pipedrive.com/docs/api/v1/DealInstallments#getInstallments",
  tokens: 10,
  scope: "deals:read",
  addOn: "Growth plan",
  columns: {
    id: c.integer,
    deal_id: c.integer,
    amount: c.number,
    billing_date: c.text,
    description: c.text
  },
  primaryKey: ["id"],
  paging: cursorPages({ declared: false }),
  changes: ofChangedParents({ sweep: "whole" }),
  parents: perParents(parents, "deal_id", ask, { from })
})

/** Discounts on whole deals. */
export const dealDiscounts = defineStream({
  name: "deal_discounts",
  path: "v2/deals/{id}/discounts",
  docs: "https://developers.pipedrive.com/docs/api/v1/Deals#getAdditionalDiscounts",
  tokens: 10,
  scope: "deals:read",
  columns: {
    id: c.text,
    deal_id: c.integer,
    type: c.describe(c.text, "percentage or amount."),
    amount: c.number,
    description: c.text,
    created_at: c.timestamp,
    created_by: c.integer,
    updated_at: c.timestamp,
    updated_by: c.integer
  },
  primaryKey: ["id"],
  paging: singlePage(),
  changes: ofChangedParents(),
  parents: perParent(parents, "deal_id", { from })
})
