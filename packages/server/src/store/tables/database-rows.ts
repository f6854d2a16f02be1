// Rows that concern the database as a whole.
/** A kind of imported password hashes: a dummy hash with its parameters. */
export interface HashKindRow {
  readonly kind: string
}

/**
 * The part of a database in a move, one row at most. `id` is the same on both sides. The source is `copying`, then `frozen`, then `moved` for good; the
 * target is `arriving`, until the row is deleted. `owner` is the process that moves.
 */
export interface MoveRow {
  readonly id: string
  readonly state: MoveState
  readonly owner: string
  readonly at: number
}

/** The state of a database in a move: see {@link MoveRow}. */
export type MoveState = 'copying' | 'frozen' | 'moved' | 'arriving'

/** A name that transactions lock. */
export interface LockRow {
  readonly name: string
}
