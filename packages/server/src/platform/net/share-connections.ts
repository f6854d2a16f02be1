import type { Server } from 'node:net'
import { createPerNetworkQuota } from '../../domain/limits/per-network-quota.ts'

/** From where a connection comes; undefined where many come from one address, such as a proxy's: those are not told apart. */
export type AddressOf = (address: string | undefined) => string | undefined

/**
 * Closes connections of a place that holds its share of all that a server takes. Otherwise one address could hold them all, for as long as the bounds
 * on silence allow, and nobody else would get in.
 */
export function shareConnections(server: Server, most: number, addressOf: AddressOf): void {
  const places = createPerNetworkQuota(most)
  server.prependListener('connection', (socket) => {
    const giveBack = places.take(addressOf(socket.remoteAddress))
    if (giveBack) socket.once('close', giveBack)
    else socket.destroy()
  })
}
