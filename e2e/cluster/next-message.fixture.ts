import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** Returns the next message of a process, and rejects if the process ends before: its parent would wait without an end. */
export async function nextMessage(child: ChildProcess): Promise<unknown> {
  const answered = new AbortController()
  const { signal } = answered
  const message = once(child, 'message', { signal }).then(([one]: unknown[]) => one)
  const end = once(child, 'exit', { signal }).then(() =>
    assert.fail('a process of the test has ended'),
  )
  try {
    return await Promise.race([message, end])
  } finally {
    answered.abort() // removes the listeners
    await Promise.allSettled([message, end])
  }
}
