import * as z from 'zod'
import { authorizeDevice } from '../../../domain/grants/authorize-device.ts'
import { exampleClient } from '../../openapi/examples.ts'
import { route } from '../../pipeline/route.ts'
import { authenticateApplication } from './authenticate-application.ts'
import { clientFailures, clientParameters, text } from './parameters.ts'

const page = '/device'

/** Begins the device grant (RFC 8628, section 3.1). */
export const oauthDevice = route({
  method: 'POST',
  path: '/oauth/device',
  summary:
    'Get a code for a program that cannot open a browser, and one that its user types at `verification_uri` on another device (RFC 8628). The program then asks `/oauth/token` every `interval` seconds',
  limit: 'attempts-per-address', // each request writes a row
  access: 'public',
  form: true,
  body: z.object({ scope: text.optional(), resource: text.optional(), ...clientParameters }),
  maxBodyBytes: 16_384, // an assertion has at most 8,192 characters
  cors: 'any',
  answer: z.strictObject({
    device_code: z.string(),
    user_code: z.string(),
    verification_uri: z.string(),
    verification_uri_complete: z.string(),
    expires_in: z.int().positive(),
    interval: z.int().positive(),
  }),
  failures: [...clientFailures, 'grant_not_allowed', 'scope_invalid', 'target_invalid'],
  example: {
    body: { client_id: exampleClient.id, scope: 'openid profile' },
    answer: {
      device_code: 'GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS1k',
      user_code: 'WDJB-MJHT',
      verification_uri: `https://auth.example.com${page}`,
      verification_uri_complete: `https://auth.example.com${page}?user_code=WDJB-MJHT`,
      expires_in: 600,
      interval: 5,
    },
  },

  async handle({ body, request, runtime, client: from }) {
    const client = await authenticateApplication(runtime, { request, body, from })
    const made = await authorizeDevice(runtime, client, body)
    const uri = `${runtime.issuer.url}${page}`
    return {
      device_code: made.deviceCode.reveal(),
      user_code: made.userCode,
      verification_uri: uri,
      verification_uri_complete: `${uri}?${new URLSearchParams({ user_code: made.userCode })}`,
      expires_in: made.expiresIn,
      interval: made.interval,
    }
  },
})
