import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { adminScopes } from '../../domain/clients/resource.ts'
import type { Route } from '../pipeline/route.ts'
import { request, signIn } from './api.fixture.ts'
import { post, withClient } from './oauth/oauth.fixture.ts'
import { routes } from './routes.ts'

const issuer = 'http://localhost:5000'

const pathOf = ({ path, example }: Pick<Route, 'path' | 'example'>) =>
  path.replace(/:(\w+)/g, (_, name: string) => {
    const params: Readonly<Record<string, string>> = example.params ?? {}
    return params[name] ?? ''
  })

const refusals: ReadonlySet<string> = new Set([
  'scope_missing',
  'role_missing',
  'administrators_only',
  'sign_in_required',
  'authentication_too_old',
  'token_invalid',
  'token_revoked',
])

suite('[20.6] the admin API by service account', async () => {
  const { server, token, add } = await withClient()
  test.after(() => server.close())
  const admin = routes.filter(({ path }) => path.startsWith('/admin/'))

  /** Adds a service account with these scopes, and gets its token for this server. */
  async function withScopes(name: string, scopes: readonly string[]) {
    const made = await add({ name, scopes, resources: [issuer] })
    const client = { client_id: String(made['id']), client_secret: String(made['client_secret']) }
    const { body } = await post(server, '/oauth/token', {
      grant_type: 'client_credentials',
      ...client,
    })
    return { ...client, token: String(body['access_token']) }
  }

  test('every route of it has a scope, and is for administrators', () => {
    assert.ok(admin.length > 20)
    for (const { method, path, access, scope } of admin) {
      assert.equal(access, 'admin', `${method} ${path}`)
      assert.ok(scope && adminScopes.includes(scope), `${method} ${path}`)
    }
    for (const { access, scope, path } of routes)
      assert.equal(access === 'admin', scope !== undefined, path)
  })

  test('every route is refused without its scope, even with all others, and admits with it alone', async () => {
    for (const scope of adminScopes) {
      const others = await withScopes(
        `without-${scope}`,
        adminScopes.filter((one) => one !== scope),
      )
      const none = await withScopes(`nothing-${scope}`, [])
      const only = await withScopes(`only-${scope}`, [scope])
      for (const route of admin.filter((one) => one.scope === scope)) {
        const line = `${route.method} ${pathOf(route)}`
        for (const { token: refused } of [others, none])
          assert.equal(
            (await request(server, line, { token: refused })).code,
            'scope_missing',
            line,
          )
        const { code } = await request(server, line, { token: only.token })
        assert.ok(!refusals.has(String(code)), `${line} ${String(code)}`)
      }
    }
  })

  test('a service account acts under its own id, without a recent sign-in, and does nothing that users do', async () => {
    const made = await withScopes('deployer', ['admin:users', 'admin:audit'])
    const body = { username: 'grace', password: 'correct horse battery' }
    const user = await request(server, 'POST /admin/users', { token: made.token, body })
    assert.equal(user.status, 201)
    const id = String(user.body['id'])
    const log = await request(server, `GET /admin/audit-log?user=${id}`, { token: made.token })
    const [entry] = log.body['entries'] as [{ readonly facts: { readonly by: string } }]
    assert.equal(entry.facts.by, made.client_id)
    for (const line of ['GET /me', 'GET /sessions', 'POST /me/tokens'])
      assert.match(
        String((await request(server, line, { token: made.token })).code),
        /sign_in_required|authentication_too_old/,
      )
  })

  test('a removed service account does nothing more, though its token has not expired', async () => {
    const made = await withScopes('gone', ['admin:users'])
    const read = () => request(server, 'GET /admin/users', { token: made.token })
    assert.equal((await read()).status, 200)
    await request(server, `DELETE /admin/clients/${made.client_id}`, { token })
    assert.notEqual((await read()).status, 200)
  })

  test('a service account gives no other one an admin scope that it does not have', async () => {
    const made = await withScopes('manager', ['admin:clients'])
    const powerful = await withScopes('powerful', ['admin:users'])
    const give = (scopes: readonly string[], name: string) =>
      request(server, 'POST /admin/clients', { token: made.token, body: { name, scopes } })
    assert.equal((await give(['admin:clients'], 'equal')).status, 201)
    const id = String(powerful.client_id)
    for (const refused of [
      await give(['admin:users'], 'more'),
      await request(server, `POST /admin/clients/${id}/secrets`, { token: made.token, body: {} }),
      await request(server, `PATCH /admin/clients/${id}`, {
        token: made.token,
        body: { scopes: [] },
      }),
      await request(server, `DELETE /admin/clients/${id}`, { token: made.token }),
    ]) {
      assert.equal(refused.code, 'scope_unacceptable')
      assert.match(JSON.stringify(refused.body), /admin scopes that it does not have itself/)
    }
  })

  test('[21.115] a service account makes and changes no application that gets the roles of its users', async () => {
    const { token: weak } = await withScopes('portal-maker', ['admin:clients'])
    const strong = await signIn(server)
    const portal = {
      name: 'portal',
      redirect_uris: ['https://portal.example/callback'],
      scopes: ['openid', 'roles'],
      public: true,
    }
    const addPortal = (by: string, change: Readonly<Record<string, unknown>> = {}) =>
      request(server, 'POST /admin/clients', { token: by, body: { ...portal, ...change } })
    assert.equal((await addPortal(weak)).code, 'scope_unacceptable')
    assert.equal((await addPortal(weak, { name: 'wiki', scopes: ['openid'] })).status, 201)
    const made = await addPortal(strong)
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const own = `/admin/clients/${String(made.body['id'])}`
    for (const change of [{ redirect_uris: ['https://evil.example/'] }, { skip_consent: true }]) {
      const refused = await request(server, `PATCH ${own}`, { token: weak, body: change })
      assert.equal(refused.code, 'scope_unacceptable')
    }
    assert.equal(
      (await request(server, `DELETE ${own}`, { token: weak })).code,
      'scope_unacceptable',
    )
  })

  test('[21.110] a token that was issued with fewer scopes does not get the others back', async () => {
    const both = await withScopes('both', ['admin:clients', 'admin:users'])
    const { token: all, ...client } = both
    const asked = { grant_type: 'client_credentials', ...client, scope: 'admin:clients' }
    const less = String((await post(server, '/oauth/token', asked)).body['access_token'])
    const give = (by: string, name: string, scopes: readonly string[]) =>
      request(server, 'POST /admin/clients', { token: by, body: { name, scopes } })
    const own = `/admin/clients/${client.client_id}`
    for (const { code } of [
      await give(less, 'copy', ['admin:users']),
      await request(server, `POST ${own}/secrets`, { token: less, body: {} }),
      await request(server, `PATCH ${own}`, { token: less, body: { resources: [issuer] } }),
    ])
      assert.equal(code, 'scope_unacceptable')
    assert.equal((await give(less, 'equal-to-less', ['admin:clients'])).status, 201)
    assert.equal((await give(all, 'equal-to-all', ['admin:users'])).status, 201)
  })
})
