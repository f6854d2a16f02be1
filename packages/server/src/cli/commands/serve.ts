import { createServer } from '../../compose.ts'
import { settingsCommand } from '../command.ts'
import { closeOnSignal } from '../signals.ts'
import { print } from '../terminal.ts'

/** Runs the server for production. Refuses to start with anything unsafe, and says what to change. */
export const serve = settingsCommand({
  usage: 'serve',
  summary: 'Run the server for production; it refuses to start with anything unsafe',
  mode: 'production',
  examples: [
    'openssl rand -base64 32 > /etc/countersign/key && chmod 600 /etc/countersign/key',
    'countersign serve --issuer-url https://auth.example.com --keys-encryption-key-file /etc/countersign/key',
  ],
  async run(config) {
    const server = await createServer(config)
    closeOnSignal(server)
    const { url } = await server.listen().catch(async (error: unknown) => {
      await server.close()
      throw error
    })
    print(`Countersign listens on ${url} as the issuer ${config.issuer.url}`)
  },
})
