import { Configuration as ConfigurationV1, GoalsApi, LeadsApi, NotesApi, RolesApi, UsersApi } from "pipedrive/v1"
import {
  ActivitiesApi,
  Configuration,
  DealInstallmentsApi,
  DealProductsApi,
  DealsApi,
  OAuth2Configuration,
  PersonsApi,
  ProductsApi
} from "pipedrive/v2"
import { expect, it } from "vitest"
import { emulate } from "../test/client.ts"
import type { Emulator } from "./index.ts"

const v2 = ({ url, apiToken }: Emulator) => new Configuration({ apiKey: apiToken, basePath: `${url}/api/v2` })
const v1 = ({ url, apiToken }: Emulator) => new ConfigurationV1({ apiKey: apiToken, basePath: `${url}/v1` })

it("is read by the vendor's own client, v2", async () => {
  const emulator = await emulate()
  const deals = new DealsApi(v2(emulator))
  const ids: unknown[] = []
  let cursor: string | undefined
  do {
    const page = await deals.getDeals({
      limit: 30,
      sort_by: "update_time",
      ...(cursor === undefined ? {} : { cursor })
    })
    ids.push(...(page.data ?? []).map((deal) => deal.id))
    cursor = page.additional_data?.next_cursor ?? undefined
  } while (cursor !== undefined)
  expect(ids).toEqual(emulator.ids("v2/deals?sort_by=update_time"))

  const wanted = emulator.ids("v2/deals").map(Number).slice(0, 60)
  const products = await new DealProductsApi(v2(emulator)).getDealsProducts({ deal_ids: wanted, limit: 500 })
  expect(products.data?.length).toBeGreaterThan(3)
  const installments = await new DealInstallmentsApi(v2(emulator)).getInstallments({ deal_ids: wanted, limit: 500 })
  expect(installments.data?.length).toBeGreaterThan(3)

  expect((await new PersonsApi(v2(emulator)).getPersons({ limit: 500 })).data).toHaveLength(80)
  expect((await new ActivitiesApi(v2(emulator)).getActivities({ limit: 500 })).data).toHaveLength(160)
  expect((await new ProductsApi(v2(emulator)).getProducts({ limit: 500 })).data).toHaveLength(30)
  await expect(deals.getDeals({ cursor: "wrong" })).rejects.toMatchObject({ code: "ERR_SCHEMA_VALIDATION_FAILED" })
})

it("is read by the vendor's own client, v1", async () => {
  const emulator = await emulate()
  const me = await new UsersApi(v1(emulator)).getCurrentUser()
  expect(me.data).toMatchObject({ is_you: true, company_domain: "emulated" })
  expect((await new LeadsApi(v1(emulator)).getLeads({ limit: 500 })).data).toHaveLength(30)
  expect((await new NotesApi(v1(emulator)).getNotes({ limit: 500 })).data).toHaveLength(60)
  expect((await new RolesApi(v1(emulator)).getRoles({})).data).toHaveLength(5)
  const goals = await new GoalsApi(v1(emulator)).getGoals({ type_name: "deals_won" })
  expect(goals.data?.goals?.length).toBeGreaterThan(1)
})

it("gives tokens to the vendor's own OAuth client", async () => {
  const emulator = await emulate()
  const { clientId, clientSecret, refreshToken } = emulator.oauth
  const oauth = new OAuth2Configuration({
    clientId,
    clientSecret,
    redirectUri: "https://app.example",
    host: emulator.url
  })
  oauth.updateToken({
    access_token: "old",
    refresh_token: refreshToken,
    token_type: "Bearer",
    expires_in: -1,
    scope: "base",
    api_domain: emulator.url
  })
  const token = await oauth.tokenRefresh()
  expect(token.api_domain).toBe(emulator.url)
  const deals = new DealsApi(new Configuration({ accessToken: oauth.getAccessToken, basePath: oauth.basePath }))
  expect((await deals.getDeals({ limit: 5 })).data).toHaveLength(5)
})
