import { issuerKeySet } from '@countersign/token'
import { createStatusListVerifier, publicAlgorithms } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { groupOf, json, plainCommand } from '../command.ts'
import { dateOf, harmless, print, printRemark } from '../terminal.ts'

const watch = plainCommand({
  usage: 'watch <issuer>',
  summary:
    'Follow the newest status list of an issuer and show each change as it happens, every event verified, until Ctrl+C',
  options: [json],
  examples: [
    'countersign feed watch http://localhost:5000',
    'countersign feed watch https://auth.example.com --json',
  ],
  async run(issuer = '', asJson = '') {
    const keys = issuerKeySet(issuer)
    await keys.refresh()
    const uri = await newestList(issuer)
    const verifier = createStatusListVerifier({ issuer, algorithms: publicAlgorithms, keys })
    for await (const data of eventsAt(`${uri}/feed`)) {
      const { after, seq, indexes, issuedAt } = verifier.change(data, uri)
      if (asJson) print(JSON.stringify({ uri, after, seq, indexes, issued_at: issuedAt })) // a line each
      else if (indexes.length === 0)
        printRemark(`${dateOf(issuedAt)} nothing new since change ${seq}`)
      else
        print(
          `${dateOf(issuedAt)} change ${seq} of ${harmless(uri)}: revoked ${indexes.join(', ')}`,
        )
    }
    printRemark('The server has ended the feed.')
  },
})

async function newestList(issuer: string): Promise<string> {
  const response = await fetch(`${issuer}/status-lists`, { redirect: 'error' })
  const { status_lists: lists } = (await response.json()) as { status_lists?: readonly string[] }
  const uri = Array.isArray(lists) ? lists.at(-1) : undefined
  if (typeof uri === 'string' && uri.startsWith(`${issuer}/`)) return uri
  throw fail('argument_invalid', { detail: 'this issuer has no status list yet' })
}

/** The data of each event, one after the other, until the connection ends. */
async function* eventsAt(address: string): AsyncGenerator<string> {
  const response = await fetch(address, { redirect: 'error' })
  if (response.status !== 200 || !response.body)
    throw fail('argument_invalid', { detail: `the feed answers with status ${response.status}` })
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

/** The feed, from the command line. */
export const feed = groupOf('feed', 'Watch sessions end', watch)
