/** What the user is told where answers have no `Date`. */
export const NO_CLOCK =
  "Pipedrive's answers tell no time, so it cannot be told when a row was deleted: no deletions are searched for in this sync."
