/**
 * Returns how often a test repeats a random event, such as a crash: `short` times in the suite, `long` times under
 * `npm run proofs`, which sets `PROOFS=long`.
 */
export function repetitions({ short, long }: { readonly short: number; readonly long: number }) {
  return formOf({ short, long })
}

/** Returns what a test covers: `short` in the suite, and `long`, which has more cases, under `npm run proofs`. */
export function formOf<T>({ short, long }: { readonly short: T; readonly long: T }): T {
  return process.env['PROOFS'] === 'long' ? long : short
}
