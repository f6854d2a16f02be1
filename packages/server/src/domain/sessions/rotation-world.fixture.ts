import type { Rotation } from './refresh-rotation.ts'
import type { Session } from './session.ts'

/** The grace of the model, in seconds. */
export const grace = 2

/** One who holds a token: the one client, the other, or the thief. */
export interface Actor {
  /** The number of a token; null: none yet. */
  readonly holds: number | null
  /** The idempotency key of an exchange of it that was not answered; null: none was started. */
  readonly key: string | null
  /** A request of theirs that the server has read the session for, and not answered yet. */
  readonly request: { readonly token: number; readonly key: string; readonly seen: Rotation } | null
}

/** The real history of a token, which a database may have lost. */
export interface Token {
  /** The token that it was made for; null: the first of a handle. */
  readonly parent: number | null
  /** The use of it: the time, the key, and the token that it led to, as far as the database remembers. */
  readonly use: { readonly at: number; readonly key: string | null; readonly to: number } | null
}

/** A session, its database, and all who have its tokens. */
export interface World {
  readonly ended: boolean
  readonly rotation: Rotation
  /** The number of the first token of the current handle: a password change gives the session another one. */
  readonly first: number
  /** By number. */
  readonly tokens: readonly Token[]
  /** The database before the last rotation, which a standby may have; null: it has everything, or the failover has been. */
  readonly standby: Pick<World, 'rotation' | 'tokens'> | null
  readonly hasFailedOver: boolean
  /** True if the one client alone has sent requests. */
  readonly isAlone: boolean
  readonly actors: readonly [Actor, Actor, Actor]
}

/** The text of a token by its number. */
export const hash = (token: number) => `t${token}`
/** The number of a token. */
export const numberOf = (text: string) => Number(text.slice(1))
/** The session of a world. */
export const sessionOf = ({ ended }: World): Session => ({
  id: 's',
  userId: 'u',
  createdAt: 0,
  lastUsedAt: 0,
  authenticatedAt: 0,
  amr: [],
  userAgent: null,
  address: null,
  idleExpiresAt: 100,
  expiresAt: 100,
  endedAt: ended ? 0 : null,
  endReason: ended ? 'logout' : null,
  status: null,
  grant: null,
})

/** The world after a change to an actor. */
export const put = (world: World, index: number, change: Partial<Actor>): World => {
  const actors = world.actors.map((one, at) => (at === index ? { ...one, ...change } : one))
  return { ...world, actors: actors as unknown as World['actors'] }
}

/** The world after the session has ended. */
export const end = (world: World): World => ({ ...world, ended: true, standby: null })

/** The same world a second later: it is always second 0, and what is beyond the grace stays there. */
export function aSecondLater(world: World): World {
  const earlier = (at: number) => Math.max(at - 1, -grace)
  const age = <Part extends Pick<World, 'rotation' | 'tokens'>>(part: Part): Part => {
    const used = part.rotation.used.map((one) => ({ ...one, usedAt: earlier(one.usedAt) }))
    const tokens = part.tokens.map(({ parent, use }) => ({
      parent,
      use: use && { ...use, at: earlier(use.at) },
    }))
    return { ...part, rotation: { ...part.rotation, used }, tokens }
  }
  const actors = world.actors.map(({ request, ...one }) => ({
    ...one,
    request: request && { ...request, seen: age({ rotation: request.seen, tokens: [] }).rotation },
  }))
  const standby = world.standby && age(world.standby)
  return { ...age(world), standby, actors: actors as unknown as World['actors'] }
}

/** The database is replaced by the standby, which lacks the last rotation. */
export function failedOver(
  world: World,
  { rotation, tokens }: NonNullable<World['standby']>,
): World {
  const forgotten = world.tokens.slice(tokens.length).map((one) => ({ ...one, use: null }))
  return {
    ...world,
    rotation,
    tokens: [...tokens, ...forgotten],
    standby: null,
    hasFailedOver: true,
  }
}
