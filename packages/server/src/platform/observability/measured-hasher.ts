import type { PasswordHasher } from '../../domain/passwords/password-hasher.ts'
import type { Metrics, Stopwatch, Tracer } from '../../domain/kernel/ports.ts'

/** The same hasher, measured: how long its work takes, and how much of it waits. */
export function measuredHasher(
  hasher: PasswordHasher,
  {
    metrics,
    stopwatch,
    tracer,
  }: { readonly metrics: Metrics; readonly stopwatch: Stopwatch; readonly tracer: Tracer },
): PasswordHasher {
  metrics.watch('password_hashes_waiting', () => [[{}, hasher.waiting]])
  async function measured<T>(work: 'hash' | 'verify', run: () => Promise<T>): Promise<T> {
    const took = stopwatch()
    try {
      return await tracer.span(`password ${work}`, run)
    } finally {
      metrics.observe('password_hash_duration_seconds', { work }, took())
    }
  }
  return {
    hashParams: hasher.hashParams,
    get waiting() {
      return hasher.waiting
    },
    hash: (password) => measured('hash', () => hasher.hash(password)),
    verify: (hash, password) => measured('verify', () => hasher.verify(hash, password)),
    close: () => hasher.close(),
  }
}
