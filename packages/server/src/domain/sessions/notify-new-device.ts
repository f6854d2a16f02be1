import type { ClientInfo } from '../kernel/client-info.ts'
import { limitKey } from '../limits/limit-key.ts'
import type { LimitTables } from '../limits/limits.ts'
import { notifyOwner, type EnqueueDeps } from '../mail/enqueue-mail.ts'
import type { OutboxTables } from '../mail/outbox.ts'
import type { User } from '../users/user.ts'
import { deviceFamilyOf, deviceKeyOf } from './device.ts'

const keptSeconds = 120 * 86_400 // a device that signs in every four months stays known
const oneAnHour = { capacity: 1, period: 3600 } // so that sign-ins cannot flood a mailbox

/**
 * Promises a notice to the verified address of a user who signs in from a device or network that is new for them (ASVS 6.3.5). Call it in the
 * transaction of the sign-in, with the user locked. The first sign-in gets none. A device whose notice the limit has held back stays new.
 */
export async function notifyNewDevice(
  deps: EnqueueDeps,
  tx: LimitTables & OutboxTables,
  user: User,
  client: ClientInfo,
): Promise<void> {
  const { clock, root, policies } = deps
  if (!policies.mail.enabled || !policies.mail.newDeviceNotices) return
  const now = clock.now()
  const any = limitKey(root, 'devices-of-user', user.id)
  const device = limitKey(root, 'devices-of-user', user.id, ...deviceKeyOf(client))
  const found = await tx.limits.find([any, device])
  const isKnown = (key: string) => (found.get(key)?.until ?? 0) > now
  if (isKnown(any) && !isKnown(device) && user.emailVerifiedAt !== null) {
    const notices = limitKey(root, 'device-notices-of-user', user.id)
    if ((await tx.limits.take(notices, oneAnHour, now)) > 0) return
    const values = { ...deviceFamilyOf(client.userAgent) }
    await notifyOwner(deps, tx, user, 'new-device', { client, values })
  }
  for (const key of [any, device]) await tx.limits.put(key, { count: 0, until: now + keptSeconds })
}
