import { definePlugin } from "@pipedrive-source/core"
import { dealDiscounts, dealInstallments, dealProducts } from "./deal-products.ts"
import { productFollowers, productImages, products as productList, productVariations } from "./products.ts"

/** Products, and the products of deals. */
export const products = definePlugin({
  name: "products",
  streams: [
    productList,
    productVariations,
    productImages,
    productFollowers,
    dealProducts,
    dealInstallments,
    dealDiscounts
  ]
})
