import { settingsCommand } from '../command.ts'
import { printNotice } from '../terminal.ts'

/** Runs the server for production. Refuses to start with unsafe settings, and says what to change. */
export const serve = settingsCommand({
  usage: 'serve',
  summary:
    'Run the server for production; needs --issuer-url and a key-encryption key, and refuses to start with unsafe settings',
  mode: 'production',
  serves: true,
  shownSettings: [
    'issuer.url',
    'http.host',
    'http.port',
    'tls.certificate_file',
    'tls.key_file',
    'proxy.addresses',
    'database.url',
    'keys.encryption_key',
    'log.level',
    'metrics.port',
  ],
  examples: [
    '(umask 077 && openssl rand -base64 32 > /etc/countersign/key)',
    'countersign serve --issuer-url https://auth.example.com --keys-encryption-key-file /etc/countersign/key',
  ],
  async run(config) {
    const { runServer } = await import('../run-server.ts') // the help of all commands needs no HTTP server
    const { url, redirect, metrics } = await runServer(config)
    printNotice(`Countersign listens on ${url} as the issuer ${config.issuer.url}`)
    if (redirect !== undefined) printNotice(`${redirect} redirects to https`)
    if (metrics !== undefined) printNotice(`Metrics are at ${metrics}`)
  },
})
