/** Returns what to do if a request failed because of the other side's certificate; `undefined` if it failed for another reason. */
export function certificateAdviceFor(problem: string): string | undefined {
  return /certificate|\bCERT_/i.test(problem)
    ? 'if a certificate authority of your own signed it, name its file in NODE_EXTRA_CA_CERTS'
    : undefined
}
