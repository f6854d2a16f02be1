// Changes that revoke access tokens at a real server, and the clients whose tokens they are.
import { createSession, type Session } from '@countersign/client'
import { deviceGrant, signInToApplication } from './application-grants.ts'

/** A server, the guards that follow it or another server of its issuer, and users. The first is an administrator. */
export interface ChangeSite {
  readonly issuer: string
  /** The URL of the server on which changes are made, and from which clients get their tokens. */
  readonly url: string
  /** Guards that accept API tokens and answer with the roles and scopes of the caller: {@link GuardAnswer}. */
  readonly guards: readonly string[]
  readonly users: readonly [administrator: ChangeUser, ...others: ChangeUser[]]
}

/** A user of the server. */
export interface ChangeUser {
  readonly username: string
  readonly password: string
}

/** The answer of a guarded route to a caller that it admits. */
export interface GuardAnswer {
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
}

/** A change that is about to be made. */
export interface Change {
  /** The credential that guards refuse after it. */
  readonly token: string
  /** Makes the change, and resolves when it is answered. */
  apply(): Promise<void>
  /** Lets the clients that the change must not end go on, at every guard; returns how many requests were not served with the new rights. */
  goOn(): Promise<number>
}

/** Makes changes of one kind, as many as there are users but for the administrator. */
export type PrepareChanges = () => Promise<readonly Change[]>

/** The clients of a site, and the kinds of changes, by name. */
export interface PreparedSite extends Disposable {
  readonly kinds: Readonly<Record<string, PrepareChanges>>
}

const scopes = ['notes:read', 'notes:write']
const nothingGoesOn = async () => 0

/** Signs in, and prepares clients for every kind of change. Users need a limit of sign-ins and changes that lets them through. */
export async function prepareSite(site: ChangeSite): Promise<PreparedSite> {
  const [administrator, ...users] = site.users
  const admin = await signIn(site, administrator)
  const request = requestsOf(site, admin)
  await request('POST', '/admin/resources', { audience: site.issuer, scopes })
  const people = await Promise.all(users.map((user) => prepareUser(site, user)))
  const application = await addApplication(site, request)
  const kinds = {
    'sign-outs': () => Promise.all(users.map((user) => signOut(site, user))),
    'role changes': () => Promise.all(people.map((one) => roleChange(site, request, one))),
    'API token revocations': () => Promise.all(people.map((one) => tokenRevocation(site, one))),
    'application grants disconnected': () =>
      Promise.all(people.map((one) => disconnection(site, application, one))),
    'scope changes of service accounts': () =>
      Promise.all(users.map(({ username }) => scopeChange(site, request, username))),
    'removals of service accounts': () =>
      Promise.all(users.map(({ username }) => removal(site, request, username))),
  }
  return {
    kinds,
    [Symbol.dispose]() {
      for (const { session } of people) session.close()
      admin.close()
    },
  }
}

type Answer = Readonly<Record<string, unknown>>
type Send = (method: string, path: string, body?: object) => Promise<Answer>

interface Person {
  readonly user: ChangeUser
  readonly session: Session
  readonly id: string
  readonly apiToken: string
}

function requestsOf({ url }: ChangeSite, session: Session): Send {
  return async (method, path, body) => {
    const headers = { 'content-type': 'application/json' }
    const init = body ? { method, headers, body: JSON.stringify(body) } : { method }
    return answerOf(await session.fetch(url + path, init), `${method} ${path}`)
  }
}

async function answerOf(response: Response, request: string): Promise<Answer> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${request} answered ${response.status}: ${text}`)
  return text === '' ? {} : (JSON.parse(text) as Answer)
}

async function signIn({ url, guards }: ChangeSite, user: ChangeUser): Promise<Session> {
  const origins = [url, ...guards]
  const session = createSession({ url, mode: 'bearer', origins })
  await session.signIn(user)
  return session
}

async function prepareUser(site: ChangeSite, user: ChangeUser): Promise<Person> {
  const session = await signIn(site, user)
  const request = requestsOf(site, session)
  const { id } = await request('GET', '/me')
  const { token } = await createToken(request)
  return { user, session, id: String(id), apiToken: token }
}

async function createToken(request: Send) {
  const body = { name: 'a program', scopes: ['notes:read', 'roles'] }
  const { id, token } = await request('POST', '/me/tokens', body)
  return { id: String(id), token: String(token) }
}

async function signOut(site: ChangeSite, user: ChangeUser): Promise<Change> {
  const session = await signIn(site, user)
  return {
    token: await session.accessToken(),
    apply: async () => session.signOut(),
    goOn: nothingGoesOn,
  }
}

/**
 * Gives a user another role. Their session continues with it, and so does their API token at each guard. The session is a new one each time, because a
 * client renews after a 401 five times within 30 seconds at most.
 */
async function roleChange(site: ChangeSite, request: Send, person: Person): Promise<Change> {
  const { id, apiToken, user } = person
  const session = await signIn(site, user)
  const role = `role-${crypto.randomUUID().slice(0, 8)}`
  const isServed = ({ roles }: GuardAnswer) => roles.length === 1 && roles[0] === role
  const asProgram = (url: string) =>
    fetch(url, { headers: { authorization: `Bearer ${apiToken}` } })
  const uses = [(url: string) => session.fetch(url), asProgram] as const
  await atGuards(site, asProgram, () => true) // so that each guard has exchanged it before
  return {
    token: await session.accessToken(),
    apply: async () => void (await request('PATCH', `/admin/users/${id}`, { roles: [role] })),
    async goOn() {
      const failed = await Promise.all(uses.map((use) => atGuards(site, use, isServed)))
      await session.signOut()
      session.close()
      return failed.reduce((sum, one) => sum + one, 0)
    },
  }
}

async function tokenRevocation(site: ChangeSite, { session }: Person): Promise<Change> {
  const request = requestsOf(site, session)
  const { id, token } = await createToken(request)
  return {
    token,
    apply: async () => void (await request('DELETE', `/me/tokens/${id}`)),
    goOn: nothingGoesOn,
  }
}

async function addApplication({ issuer }: ChangeSite, request: Send): Promise<string> {
  const rights = { scopes: ['notes:read'], resources: [issuer] }
  const application = { name: 'an-application', public: true, grants: [deviceGrant], ...rights }
  return String((await request('POST', '/admin/clients', application))['id'])
}

async function disconnection(site: ChangeSite, clientId: string, person: Person): Promise<Change> {
  const { token, disconnect } = await signInToApplication(site, clientId, person)
  const send = (url: string) => person.session.fetch(url)
  return { token, apply: disconnect, goOn: () => atGuards(site, send, () => true) }
}

/** An OAuth client, which gets a token by `client_credentials`, and another one after a 401 (RFC 6750, section 3.1: `invalid_token`). */
async function addClient({ url }: ChangeSite, request: Send, name: string) {
  const made = await request('POST', '/admin/clients', { name, scopes: ['notes:read'] })
  const credentials = {
    client_id: String(made['id']),
    client_secret: String(made['client_secret']),
  }
  const getToken = async () => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...credentials })
    const answer = await answerOf(await fetch(`${url}/oauth/token`, { method: 'POST', body }), 'POST /oauth/token') // prettier-ignore
    return String(answer['access_token'])
  }
  let token = await getToken()
  const send = (at: string) => fetch(at, { headers: { authorization: `Bearer ${token}` } })
  return {
    id: String(made['id']),
    token,
    async use(at: string): Promise<Response> {
      const answer = await send(at)
      if (answer.status !== 401) return answer
      await answer.body?.cancel()
      token = await getToken()
      return send(at)
    },
  }
}

async function scopeChange(site: ChangeSite, request: Send, name: string): Promise<Change> {
  const client = await addClient(site, request, name)
  const isServed = (answer: GuardAnswer) => answer.scopes.join() === 'notes:write'
  return {
    token: client.token,
    apply: async () =>
      void (await request('PATCH', `/admin/clients/${client.id}`, { scopes: ['notes:write'] })),
    async goOn() {
      const failed = await atGuards(site, client.use, isServed)
      await request('DELETE', `/admin/clients/${client.id}`)
      return failed
    },
  }
}

async function removal(site: ChangeSite, request: Send, name: string): Promise<Change> {
  const { id, token } = await addClient(site, request, name)
  return {
    token,
    apply: async () => void (await request('DELETE', `/admin/clients/${id}`)),
    goOn: nothingGoesOn,
  }
}

/** Returns at how many guards a request is not served as it must be. */
async function atGuards(
  { guards }: ChangeSite,
  send: (url: string) => Promise<Response>,
  isServed: (answer: GuardAnswer) => boolean,
): Promise<number> {
  let failed = 0
  for (const guard of guards) {
    const response = await send(guard)
    const answer: unknown = await response.json()
    if (!response.ok || !isServed(answer as GuardAnswer)) failed++ // the guards of the site answer so
  }
  return failed
}
