import type { Account } from "./account.ts"
import type { CustomFieldControl, FieldedEntity } from "./interface.ts"
import { type CustomField, customField } from "./seed/custom-fields.ts"

/** Changes the custom fields of an account; lists of records and of fields follow. */
export function customFieldControl(account: Account): CustomFieldControl {
  const made = new Map<FieldedEntity, number>()
  const tell = (entity: FieldedEntity, field: CustomField, what: "made" | "changed" | "removed"): void => {
    for (const listener of account.customChanged) listener(entity, field, what)
  }
  const find = (entity: FieldedEntity, key: string): CustomField => {
    const field = account.custom(entity).find((each) => each.key === key)
    if (field === undefined) throw new Error(`A ${entity} has no custom field ${key}`)
    return field
  }
  const option = (field: CustomField, id: number) => {
    const found = field.options.find((each) => each.id === id)
    if (found === undefined) throw new Error(`The custom field ${field.name} has no option ${id}`)
    return found
  }
  return {
    list: (entity) => account.custom(entity),
    create: (entity, of) => {
      const fields = account.custom(entity)
      const place = made.get(entity) ?? fields.length
      made.set(entity, place + 1)
      const field = customField(account.seed, entity, place, of)
      fields.push(field)
      tell(entity, field, "made")
      return field.key
    },
    rename: (entity, key, name) => {
      const field = find(entity, key)
      field.name = name
      tell(entity, field, "changed")
    },
    remove: (entity, key) => {
      const fields = account.custom(entity)
      const field = find(entity, key)
      fields.splice(fields.indexOf(field), 1)
      // A place is never used again, so that a field made later has a key of its own.
      made.set(entity, made.get(entity) ?? fields.length + 1)
      tell(entity, field, "removed")
    },
    renameOption: (entity, key, id, label) => {
      const field = find(entity, key)
      option(field, id).label = label
      tell(entity, field, "changed")
    },
    removeOption: (entity, key, id) => {
      const field = find(entity, key)
      option(field, id).isRemoved = true
      tell(entity, field, "changed")
    }
  }
}
