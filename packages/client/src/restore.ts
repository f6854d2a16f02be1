import type { Refresher } from './refresh.ts'
import type { SessionState } from './session-state.ts'
import type { SessionStore } from './session-store.ts'

/** Takes up what is kept, once; when the server had to be asked and could not, again the next time. */
export function createRestore(
  store: SessionStore,
  refresher: Refresher,
  mode: 'bearer' | 'cookie',
): () => Promise<SessionState> {
  let restoring: Promise<unknown> | undefined
  const restoreOnce = async () => {
    if (mode === 'bearer' || (await store.read()).status === 'signed_in') return store.load()
    const { failure } = await refresher.find()
    if (failure) throw failure
    return undefined
  }
  return async () => {
    restoring ??= restoreOnce().catch((error: unknown) => {
      restoring = undefined
      throw error
    })
    await restoring
    return store.state
  }
}
