import { fail } from '../failures.ts'

/** Refuses an address whose escapes are no UTF-8 or hide control characters. Fails with `target_malformed`. */
export function assertReadable(url: string): void {
  if (!url.includes('%')) return
  let text: string
  try {
    text = decodeURIComponent(url)
  } catch {
    throw fail('target_malformed')
  }
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) throw fail('target_malformed')
}
