import type { PageResult, TestBrowser } from '../../test-browser.fixture.ts'

/** The resource that {@link addMachines} adds. */
export const notes = {
  audience: 'https://notes.example',
  scopes: 'notes:read, notes:write',
  lifetime: '',
} as const

/** The fields of a service account with a secret, for that resource. */
export const newClient = {
  name: 'reporter',
  scopes: 'notes:read',
  resources: notes.audience,
  method: 'secret',
} as const

/** The fields of a confidential application. */
export const newApplication = {
  name: 'wiki',
  type: 'confidential',
  redirect_uris: 'https://wiki.example/cb',
  post_logout_redirect_uris: '',
  backchannel_logout_uri: '',
  consent: 'ask',
  pkce: 'required',
  dpop: 'optional',
  id_token_algorithm: '',
  scopes: 'openid profile',
  resources: '',
} as const

/** Adds the resource with the form of the console. */
export const addResource = (admin: TestBrowser): Promise<PageResult> =>
  admin.send('/console/resources/set', notes)

/**
 * Adds a resource, a service account with two secrets, and an API token, signed in as the administrator of development. Returns a function that
 * fills the ids of these into the path of a page.
 */
export async function addMachines(
  admin: TestBrowser,
): Promise<(path: string) => string | undefined> {
  await addResource(admin)
  const client = find(await admin.send('/console/clients/add', newClient), /c_[\w-]{22}/)
  await admin.send(`/console/clients/${client}/secrets`, { overlap: '86400' })
  const said = { name: 'backup', scopes: 'notes:read', resource: notes.audience, days: '30' }
  await admin.send('/account/tokens', { ...said, password: 'password' })
  const secret = find(await admin.get(`/console/clients/${client}`), /k_[\w-]{22}/)
  const resource = find(await admin.get('/console/resources'), /r_[\w-]{22}/)
  const token = find(await admin.get('/console/tokens'), /t_[\w-]{22}/)
  const ids = { clients: client, resources: resource, tokens: token }
  return (path) => {
    const [, section = ''] = /^\/console\/(\w+)\/:id/.exec(path) ?? []
    if (path === '/account/tokens/revoke') return `${path}?token=${token}`
    if (!Object.hasOwn(ids, section)) return undefined
    const id = ids[section as keyof typeof ids] // the check above has shown it
    return path.replace(':id', id).replace(':secret', secret)
  }
}

const find = ({ text }: PageResult, pattern: RegExp): string => pattern.exec(text)?.[0] ?? ''
