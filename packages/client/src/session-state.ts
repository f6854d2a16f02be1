import type { StoredSession, SignedOutReason } from './stored-session.ts'

/** Whether somebody is signed in. `unknown` is before the session was restored. */
export type SessionState =
  | { readonly status: 'unknown' }
  /** `id` is of the sign-in: another one means that somebody has signed in anew, perhaps somebody else. */
  | { readonly status: 'signed_in'; readonly id: string }
  | { readonly status: 'signed_out'; readonly why: SignedOutReason }

/** What is told to whom. */
export interface StateEmitter {
  readonly state: SessionState
  /** Tells all listeners, when it is news to them. */
  emit(stored: StoredSession): void
  subscribe(listener: (state: SessionState) => void): () => void
  close(): void
}

/** Makes an emitter, which knows nothing yet. */
export function createStateEmitter(): StateEmitter {
  const listeners = new Set<(state: SessionState) => void>()
  let state: SessionState = { status: 'unknown' }
  return {
    get state() {
      return state
    },
    emit(stored) {
      const told = stateOf(stored)
      if (isSame(state, told)) return
      state = told
      for (const listener of listeners) tell(listener, told)
    },
    subscribe(listener) {
      const once = (told: SessionState) => listener(told) // its own, so that one listener can be told twice
      listeners.add(once)
      return () => listeners.delete(once)
    },
    close: () => listeners.clear(),
  }
}

/** What is told of what is kept: nothing of tokens. */
function stateOf(stored: StoredSession): SessionState {
  return stored.status === 'signed_in'
    ? { status: 'signed_in', id: stored.id }
    : { status: 'signed_out', why: stored.why }
}

/** Whether there is no news in `b` for who knows `a`. */
function isSame(a: SessionState, b: SessionState): boolean {
  if (a.status === 'signed_in' && b.status === 'signed_in') return a.id === b.id
  if (a.status === 'signed_out' && b.status === 'signed_out') return a.why === b.why
  return a.status === b.status
}

/** A listener that throws is the page's bug, and keeps noSession else from hearing. */
function tell(listener: (state: SessionState) => void, state: SessionState): void {
  try {
    listener(state)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
