/**
 * Tells rows that were deleted from rights that were lost: a token whose user may see less makes rows vanish just as
 * deleting them does, and many at once.
 */

/** What a comparison has shown. */
export interface Loss {
  /** Rows that were there. */
  readonly known: number
  /** Those of them that are not there any more. */
  readonly gone: number
  /** Whether the rows were last seen by another user. */
  readonly isOtherUser: boolean
}

const MANY = 100
const FEW = 10

/** Why a loss cannot be believed without being asked for; undefined where it can. */
export const doubtOf = ({ gone, isOtherUser, known }: Loss): string | undefined => {
  if (gone > MANY && gone > known / 3) return "more than a third of them"
  if (gone > FEW && gone === known) return "all of them"
  if (gone > FEW && isOtherUser) return "and these credentials belong to another user than before"
  return undefined
}

/** What the user is told of a loss that is not believed. */
export const lossMessage = (stream: string, { gone, known }: Loss, why: string): string =>
  `${stream}: ${gone} of ${known} rows are not listed any more, ${why}. No row has been marked as deleted, and all other rows are complete. ` +
  "Either the user of these credentials may see less than before: give the rights back, or use the credentials of an admin. " +
  "Or many rows were deleted or archived on purpose: then set allow_mass_deletions to true for the next search."
