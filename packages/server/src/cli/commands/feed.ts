import { issuerKeySet } from '@countersign/token'
import { createStatusListVerifier, publicAlgorithms } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { groupOf, json, plainCommand } from '../command.ts'
import { dateOf, printable, print, printRemark } from '../terminal.ts'

const watch = plainCommand({
  usage: 'watch <issuer>',
  summary:
    'Follow the newest status list of an issuer and print each revocation as it happens, verified, until Ctrl+C',
  options: [json],
  examples: [
    'countersign feed watch http://localhost:5000',
    'countersign feed watch https://auth.example.com --json',
  ],
  async run({ issuer, json: asJson }) {
    const keys = issuerKeySet(issuer)
    await keys.refresh()
    const uri = await newestList(issuer)
    const verifier = createStatusListVerifier({ issuer, algorithms: publicAlgorithms, keys })
    for await (const data of eventsAt(`${uri}/feed`)) {
      const { after, seq, indexes, issuedAt } = verifier.change(data, uri)
      if (asJson) print(JSON.stringify({ uri, after, seq, indexes, issued_at: issuedAt })) // a line each
      else if (indexes.length === 0) printRemark(`${dateOf(issuedAt)} no change since ${seq}`)
      else
        print(
          `${dateOf(issuedAt)} change ${seq} of ${printable(uri)}: revoked ${indexes.join(', ')}`,
        )
    }
    printRemark('The server closed the feed.')
  },
})

async function newestList(issuer: string): Promise<string> {
  const response = await fetch(`${issuer}/status-lists`, { redirect: 'error' })
  const { status_lists: lists } = (await response.json()) as { status_lists?: readonly string[] }
  const uri = Array.isArray(lists) ? lists.at(-1) : undefined
  if (typeof uri === 'string' && uri.startsWith(`${issuer}/`)) return uri
  throw fail('argument_invalid', { detail: 'the issuer has no status list yet' })
}

/** Yields the data of each server-sent event until the connection ends. */
async function* eventsAt(address: string): AsyncGenerator<string> {
  const response = await fetch(address, { redirect: 'error' })
  if (response.status !== 200 || !response.body)
    throw fail('argument_invalid', { detail: `the feed answered with status ${response.status}` })
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of response.body) {
    text += decoder.decode(piece, { stream: true })
    const events = text.split('\n\n')
    text = events.pop() ?? ''
    for (const event of events) {
      const data = event.split('\n').find((line) => line.startsWith('data: '))
      if (data) yield data.slice('data: '.length)
    }
  }
}

/** The group `feed`. */
export const feed = groupOf('feed', 'Watch tokens being revoked', watch)
