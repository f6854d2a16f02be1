import type { CountersignError } from '@countersign/token'

/** What lies under a failure, for whoever has to mend it: the error of the platform, or why the keys of an issuer did not come. */
export function reasonOf({ cause, facts }: CountersignError): string | undefined {
  if (cause instanceof Error) return cause.message
  const { address, problem } = facts
  if (typeof address !== 'string' || typeof problem !== 'string') return undefined
  const own = /certificate|\bCERT_/i.test(problem)
    ? '; where the certificate comes from an authority of your own, name its file in NODE_EXTRA_CA_CERTS'
    : ''
  return `${address}: ${problem}${own}`
}
