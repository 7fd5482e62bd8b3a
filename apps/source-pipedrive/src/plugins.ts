import { admin } from "@pipedrive-source/admin"
import { crm } from "@pipedrive-source/crm"
import { fields } from "@pipedrive-source/fields"
import { goals } from "@pipedrive-source/goals"
import { history } from "@pipedrive-source/history"
import { mail } from "@pipedrive-source/mail"
import { products } from "@pipedrive-source/products"
import { projects } from "@pipedrive-source/projects"

export const plugins = [crm, products, fields, goals, mail, projects, admin, history]
