import type { Seconds } from '@countersign/token/internal'
import type { Invitation } from './invitation.ts'

/** Invitations to register, found by the hash of their secret. */
export interface Invitations {
  findByHash(hash: string): Promise<Invitation | undefined>
  /** The same; inside a transaction nobody else uses it until that ends. */
  lockByHash(hash: string): Promise<Invitation | undefined>
  /** A page of them, the newest first. */
  list(page: {
    readonly limit: number
    readonly after?: Pick<Invitation, 'id' | 'createdAt'> | undefined
  }): Promise<readonly Invitation[]>
  add(invitation: Invitation, hash: string): Promise<void>
  /** Look first, under its lock. */
  markUsed(id: string, at: Seconds): Promise<void>
  /** False when there is none. */
  delete(id: string): Promise<boolean>
  /** Deletes those that ended before `before`. */
  prune(before: Seconds): Promise<void>
}
