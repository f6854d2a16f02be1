import type { Refresher } from './refresh.ts'
import type { SessionState } from './state.ts'
import type { View } from './view.ts'

/** Takes up what is kept, once; when the server had to be asked and could not, again the next time. */
export function createRestore(
  view: View,
  refresher: Refresher,
  mode: 'bearer' | 'cookie',
): () => Promise<SessionState> {
  let restoring: Promise<unknown> | undefined
  const take = async () => {
    if (mode === 'bearer' || (await view.peek()).status === 'signed_in') return view.load()
    const { failure } = await refresher.find()
    if (failure) throw failure
    return undefined
  }
  return async () => {
    restoring ??= take().catch((error: unknown) => {
      restoring = undefined
      throw error
    })
    await restoring
    return view.state
  }
}
