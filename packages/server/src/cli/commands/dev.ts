import type { Config } from '../../config/settings.ts'
import { settingsCommand } from '../command.ts'
import { printNotice, tone } from '../terminal.ts'

/** Runs the server for development: for this machine only, with the tutorial's user and route. `npm start` runs it. */
export const dev = settingsCommand({
  usage: 'dev',
  summary:
    'Run the server for development, at http://localhost:5000: this machine only, with the user admin and the password "password"',
  mode: 'development',
  serves: true,
  shownSettings: ['http.port', 'database.url', 'tokens.lifetime'],
  examples: ['countersign dev', 'countersign dev --http-port 5001 --tokens-lifetime 1m'],
  async run(config) {
    const { runServer } = await import('../run-server.ts') // the help of all commands needs no HTTP server
    const { url } = await runServer(config)
    welcome(url, config.database).forEach((line) => printNotice(line))
  },
})

function welcome(url: string, database: Config['database']): readonly string[] {
  const login = `curl -X POST ${url}/login -H "Content-Type: application/json" -d '{"username": "admin", "password": "password"}'`
  const keep = `TOKEN=$(curl -s -X POST ${url}/login -H "Content-Type: application/json" -d '{"username": "admin", "password": "password"}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`
  return [
    '',
    `${tone.strong('Countersign')} listens on ${tone.strong(url)}`,
    tone.warning(
      'Development: for this machine only. Every program on it can sign in as admin with "password".',
    ),
    tone.quiet(storageNote(database)),
    '',
    'Try it in another terminal. Log in, as the tutorial does:',
    '',
    `  ${login}`,
    '',
    'Log in and keep the token, then call the guarded route with it:',
    '',
    `  ${keep}`,
    `  curl ${url}/protected -H "Authorization: Bearer $TOKEN"`,
    '',
    'Log out: the token is refused from then on, although it has not expired:',
    '',
    `  curl -X POST ${url}/logout -H "Authorization: Bearer $TOKEN"`,
    `  curl ${url}/protected -H "Authorization: Bearer $TOKEN"`,
    '',
    'Call it without a token, ask who you are, and see the keys that verify tokens:',
    '',
    `  curl -i ${url}/protected`,
    `  curl ${url}/me -H "Authorization: Bearer $TOKEN"`,
    `  curl ${url}/.well-known/jwks.json`,
    '',
    tone.quiet('Stop with Ctrl+C.'),
    '',
  ]
}

function storageNote({ url }: Config['database']): string {
  return url.kind === 'sqlite'
    ? `Users and keys are stored in ${url.file}; delete that file to start from scratch.`
    : 'Users and keys are stored in PostgreSQL.'
}
