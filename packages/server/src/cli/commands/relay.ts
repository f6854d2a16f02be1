import { url } from '../../config/shapes.ts'
import { fail } from '../../failures.ts'
import { settingsCommand } from '../command.ts'
import { printNotice } from '../terminal.ts'

/** Runs a relay: it follows the feed of a server once, for any number of guards. */
export const relay = settingsCommand({
  usage: 'relay <issuer>',
  summary:
    'Follow the status lists of an issuer once, and serve them to any number of guards; needs no database and no keys',
  options: [
    [
      '--upstream <URL>',
      'The server or relay to follow, if it is reached at another address than the issuer.',
      parseUrl,
    ],
  ],
  mode: 'production',
  serves: true,
  shownSettings: [
    'http.host',
    'http.port',
    'http.max_connections',
    'tls.certificate_file',
    'tls.key_file',
    'proxy.addresses',
    'log.level',
    'metrics.port',
  ],
  examples: [
    'countersign relay https://auth.example.com --http-host 0.0.0.0',
    'countersign relay https://auth.example.com --upstream http://10.0.0.21:8080 --http-port 8081',
  ],
  async run(config, { issuer, upstream }) {
    const followed = parseUrl(issuer)
    const { runRelay } = await import('../run-server.ts') // the help of all commands needs no HTTP server
    const listening = await runRelay(config, { issuer: followed, upstream: upstream ?? followed })
    printNotice(`The relay listens on ${listening.url} for guards of the issuer ${followed}`)
    if (listening.metrics !== undefined) printNotice(`Metrics are at ${listening.metrics}`)
  },
})

function parseUrl(text: string): string {
  const { success, error } = url.safeParse(text)
  if (success) return text
  throw fail('argument_invalid', { detail: `a URL ${error.issues[0]?.message}` })
}
