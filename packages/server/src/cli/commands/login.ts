import { systemClock } from '@countersign/token'
import { fail } from '../../failures.ts'
import { plainCommand } from '../command.ts'
import { parseServerUrl, refreshSignIn, revokeSignIn, signInByDevice } from '../device-sign-in.ts'
import { deleteSignIn, readSignIn, signInFile, toStored, writeSignIn } from '../stored-sign-in.ts'
import { print, printNotice } from '../terminal.ts'

const file = [
  '--file <FILE>',
  'The file of the tokens. Default: countersign/login.json in ~/.config, or in XDG_CONFIG_HOME.',
] as const

const minLifetime = 30 // seconds that a printed token is valid at least: the request that it is for takes time

const clientMissing =
  '--client is the id of an application of the server; an administrator adds one with `countersign client add cli --public --grants urn:ietf:params:oauth:grant-type:device_code`'

/** Signs this terminal in at a server. */
export const login = plainCommand({
  usage: 'login',
  summary:
    'Sign this terminal in at a server: enter the code that it prints in a browser on any device; with --print, print the access token for curl',
  options: [
    ['--issuer <URL>', 'The URL of the server.'],
    ['--client <ID>', 'The id of an application that has the grant of devices.'],
    ['--scope <TEXT>', 'The scopes, separated by spaces. Default: all of the application.'],
    ['--resource <URL>', 'The audience of the tokens, if the application has several.'],
    file,
    ['--print', 'Print an access token of the terminal that is signed in, refreshed if need be.'],
  ],
  examples: [
    'countersign login --issuer https://auth.example.com --client c_Ro7UuNw5yEkT1mZsPq9cBg',
    'curl -H "Authorization: Bearer $(countersign login --print)" https://notes.example.com/notes',
  ],
  async run({ issuer, client, scope, resource, file: named, print: asToken }) {
    if (asToken) return print(await accessToken(signInFile(named)))
    if (issuer === undefined) throw fail('argument_invalid', { detail: '--issuer is required' })
    if (client === undefined) throw fail('argument_invalid', { detail: clientMissing })
    const at = { issuer: parseServerUrl(issuer), client }
    const tokens = await signInByDevice(at, { scope, resource })
    const to = signInFile(named)
    writeSignIn(to, toStored(at, tokens, systemClock.now()))
    printNotice(`Signed in. The tokens are in ${to}; countersign logout revokes them.`)
  },
})

/** Returns an access token that is valid for a while, and stores the tokens that it refreshes. Fails with `not_signed_in` and `sign_in_failed`. */
async function accessToken(path: string): Promise<string> {
  const stored = readSignIn(path)
  const now = systemClock.now()
  if (now < stored.expiresAt - minLifetime) return stored.accessToken
  const next = toStored(stored, await refreshSignIn(stored, stored.refreshToken), now)
  writeSignIn(path, next)
  return next.accessToken
}

/** Signs this terminal out. */
export const logout = plainCommand({
  usage: 'logout',
  summary: 'Sign this terminal out: revoke its tokens at the server, and delete their file',
  options: [file],
  examples: ['countersign logout'],
  async run({ file: named }) {
    const path = signInFile(named)
    const stored = readSignIn(path)
    await revokeSignIn(stored, stored.refreshToken)
    deleteSignIn(path)
    printNotice('Signed out.')
  },
})
