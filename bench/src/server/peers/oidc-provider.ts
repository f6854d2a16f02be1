// oidc-provider with its own adapter, in memory: refresh tokens that rotate, JWT access tokens signed with ES256.
import { generateKeyPairSync } from 'node:crypto'
import { Provider } from 'oidc-provider'

const port = Number(process.env['PORT'])
const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
const resource = 'https://api.example.com'
const scope = 'openid offline_access'
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'bench',
      client_secret: 'a-secret-of-this-benchmark-and-of-nothing-else',
      redirect_uris: ['https://app.example.com/back'],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_post',
      id_token_signed_response_alg: 'ES256',
    },
  ],
  jwks: { keys: [{ ...jwk, alg: 'ES256', use: 'sig', kid: 'bench' }] },
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'notes:read',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
})

// A refresh token without the browser's part of the story: GET /new-refresh-token.
provider.use(async (context, next) => {
  if (context.path !== '/new-refresh-token') return next()
  const client = await provider.Client.find('bench')
  if (!client) throw new Error('the client is configured above')
  const grant = new provider.Grant({ accountId: 'ada', clientId: client.clientId })
  grant.addOIDCScope(scope)
  grant.addResourceScope(resource, 'notes:read')
  const grantId = await grant.save()
  const token = new provider.RefreshToken({
    accountId: 'ada',
    client,
    grantId,
    scope: `${scope} notes:read`,
    gty: 'authorization_code',
    claims: {},
    resource,
  } as ConstructorParameters<typeof provider.RefreshToken>[0])
  context.body = { refresh_token: await token.save() }
  return undefined
})
provider.listen(port, '127.0.0.1')
