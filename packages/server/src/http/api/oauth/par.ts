import * as z from 'zod'
import type { Client } from '../../../domain/clients/client.ts'
import { readProof } from '../../../domain/clients/proof.ts'
import { pushedRequestLifetime, pushRequest } from '../../../domain/grants/pushed-request.ts'
import { exampleClient, exampleClientSecret } from '../../openapi/examples.ts'
import { route } from '../../pipeline/route.ts'
import type { Services } from '../../pipeline/services.ts'
import { authenticateApplication } from './authenticate-application.ts'
import { clientFailures, clientParameters, text } from './parameters.ts'

const own = new Set(Object.keys(clientParameters))

/** Takes the request of an application before its browser opens (RFC 9126). */
export const oauthPar = route({
  method: 'POST',
  path: '/oauth/par',
  summary:
    'Push the parameters of `/oauth/authorize`, and get a `request_uri` that stands for them there for one code (RFC 9126). With a `DPoP` header the code is bound to the key of its proof (RFC 9449)',
  limit: 'attempts-per-address', // each request writes a row
  access: 'public',
  form: true,
  body: z.object(clientParameters).catchall(text),
  maxBodyBytes: 16_384, // an assertion has at most 8,192 characters
  cors: 'any',
  answer: z.strictObject({ request_uri: z.string(), expires_in: z.int().positive() }),
  status: 201,
  failures: [
    ...clientFailures,
    'authorization_request_invalid',
    'grant_not_allowed',
    'scope_invalid',
    'target_invalid',
    'response_type_unsupported',
    'dpop_proof_invalid',
    'dpop_nonce_required',
  ],
  example: {
    body: {
      client_id: exampleClient.id,
      client_secret: exampleClientSecret,
      response_type: 'code',
      redirect_uri: 'https://wiki.example.com/callback',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    },
    answer: {
      request_uri: 'urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c-uLoHmbcMmKYz0Ks',
      expires_in: pushedRequestLifetime,
    },
  },

  async handle({ body, request, runtime, client: from }) {
    const client = await authenticateApplication(runtime, { request, body, from })
    const parameters = new URLSearchParams({ client_id: client.id })
    for (const [name, value] of Object.entries(body))
      if (!own.has(name) && typeof value === 'string') parameters.set(name, value)
    const proof = proofOf(runtime, request, client)
    const request_uri = await pushRequest(runtime, client, parameters, { from, proof })
    return { request_uri, expires_in: pushedRequestLifetime }
  },
})

/** Returns the proof of a request that has one: also an application that must prove its key with each request for tokens may push without. */
function proofOf(runtime: Services, { headers, method }: Request, { application }: Client) {
  const header = headers.get('dpop')
  if (header === null) return undefined
  return readProof(runtime, { header, method, url: `${runtime.issuer.url}/oauth/par` }, application)
}
