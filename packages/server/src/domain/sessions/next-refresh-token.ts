import type { Seconds } from '@countersign/token/internal'
import type { RecordDeps } from '../audit-log/record-event.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import { clientNetworkOf } from '../limits/client-network.ts'
import {
  advance,
  advanceFrom,
  type PresentedToken,
  type Rotation,
  type Verdict,
} from './refresh-rotation.ts'
import {
  decryptSuccessor,
  encryptSuccessor,
  isSuccessor,
  newSuccessor,
  type RefreshToken,
} from './refresh-token.ts'
import type { SessionPolicy } from './session.ts'

/** A refresh token, and the idempotency key with which its client exchanges it: random, new for each token, and the same in every repeat. */
export interface PresentedSecrets {
  readonly token: RefreshToken
  readonly idempotencyKey?: Secret | undefined
}

/** Returns a refresh token as the rotation of its session judges it. */
export function presentedTokenOf(
  { root }: Pick<RecordDeps, 'root'>,
  { token, idempotencyKey }: PresentedSecrets,
  { current }: Rotation,
): PresentedToken {
  const hash = hashOf(token.secret)
  return {
    hash,
    keyHash: idempotencyKey && hashOf(idempotencyKey),
    isGenuineSuccessor: hash !== current && isSuccessor(root, token, current), // the usual token needs no MAC
  }
}

/** A verdict that leads to the next token. */
export type RotateVerdict = Extract<Verdict, `rotate${string}`>

/** The dependencies of {@link makeNextToken}. */
export interface NextTokenDeps extends Pick<RecordDeps, 'random' | 'root'> {
  readonly policies: { readonly sessions: SessionPolicy }
}

/** Makes the next refresh token of a session, and returns it with the rotation after it. */
export function makeNextToken(
  deps: NextTokenDeps,
  verdict: RotateVerdict,
  rotation: Rotation,
  { token, idempotencyKey }: PresentedSecrets,
  client: ClientInfo,
  now: Seconds,
): { readonly after: Rotation; readonly next: RefreshToken } {
  const { random, policies } = deps
  const { grace } = policies.sessions
  const replaced = verdict === 'rotate_unanswered' ? newest(rotation, token) : token // what the database has as current
  const next = newSuccessor(deps, replaced)
  const written = {
    hash: hashOf(next.secret),
    ciphertext: encryptSuccessor(token, next, random),
    network: networkOf(client),
    keyHash: idempotencyKey && hashOf(idempotencyKey),
  }
  const after =
    verdict === 'rotate'
      ? advance(rotation, written, now, grace)
      : advanceFrom(hashOf(token.secret), written, now)
  return { next, after }
}

/** Returns the network of a client, if its address is known. */
export function networkOf({ address }: ClientInfo): string | undefined {
  return address === undefined ? undefined : clientNetworkOf(address)
}

/** Returns the newest token that has followed a used one: each decrypts the next. */
export function newest({ current, used }: Rotation, from: RefreshToken): RefreshToken {
  let token = from
  for (let hash = hashOf(token.secret); hash !== current; hash = hashOf(token.secret)) {
    const step = used.find((one) => one.hash === hash)
    if (!step) throw new Error('a used refresh token leads nowhere') // none is dropped before those that lead to it
    token = decryptSuccessor(token, step.successor)
  }
  return token
}
