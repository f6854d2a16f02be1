/**
 * Returns how often a test repeats a random event, such as a crash: `short` times in the suite, `long` times under
 * `npm run proofs`, which sets `PROOFS=long`.
 */
export function repetitions({ short, long }: { readonly short: number; readonly long: number }) {
  return process.env['PROOFS'] === 'long' ? long : short
}
