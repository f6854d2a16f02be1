import { version } from '../../domain/kernel/version.ts'
import * as z from 'zod'
import { callerFailures, failuresOf } from '../pipeline/route-failures.ts'
import { noContent, type Route } from '../pipeline/route.ts'

// openapi/: the API as an OpenAPI document, derived from the list of routes.
// examples.ts holds the values that all examples share.

/** A JSON object. */
type Json = Readonly<Record<string, unknown>>

/** An OpenAPI document. */
type OpenApi = Json & { readonly openapi: '3.1.1' }

/** Returns the operation id of a route: `GET /admin/users/:id` is `getAdminUsersById`. */
function operationIdOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  const words = path.split(/[^\w:]+/).filter((word) => word !== '')
  const name = words.map((word) =>
    word.startsWith(':') ? `By${capital(word.slice(1))}` : capital(word),
  )
  return method.toLowerCase() + name.join('')
}

/** Returns the heading of a route in the reference. */
export function topicOf({ path }: Pick<Route, 'path'>) {
  if (path.startsWith('/admin')) return 'For administrators'
  if (path.startsWith('/oauth')) return 'OAuth'
  if (/^\/(\.well-known|status-lists|openapi|problems)/.test(path)) return 'Public documents'
  return path.startsWith('/health') ? 'Health' : 'Sign-in and account'
}

/** Returns the API as an OpenAPI 3.1 document, derived from the list of routes; `cookie` is the name of the cookie of access tokens. */
export function openApiOf(routes: readonly Route[], server: string, cookie: string): OpenApi {
  const paths: Record<string, Record<string, Json>> = {}
  for (const one of routes) {
    const path = one.path.replaceAll(/:(\w+)/g, '{$1}')
    const operations = (paths[path] ??= {})
    operations[one.method.toLowerCase()] = operationOf(one)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Countersign',
      version,
      description:
        'JWT authentication for HTTP APIs. Programs send the access token as `Authorization: Bearer`; browsers may have it in a cookie, and then only pages of this site can change anything.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: server }],
    tags: [...new Set(routes.map(topicOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: problem },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        cookie: { type: 'apiKey', in: 'cookie', name: cookie },
      },
    },
  }
}

/** A problem document (RFC 9457). */
const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'message', 'instance'],
  properties: {
    type: {
      type: 'string',
      format: 'uri',
      description: 'The URL of the page about this type of problem.',
    },
    title: { type: 'string', description: 'The message of the code.' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'The code for programs.' },
    message: { type: 'string', description: 'The message, with details of this occurrence.' },
    instance: { type: 'string', format: 'uri', description: 'The id of the request.' },
  },
} as const

function operationOf(one: Route): Json {
  const { summary, access, body, form, example } = one
  const bodyType = form ? 'application/x-www-form-urlencoded' : 'application/json'
  const secured = [{ bearer: [] }, { cookie: [] }]
  return {
    operationId: operationIdOf(one),
    summary,
    tags: [topicOf(one)],
    security: access === 'public' ? [] : access === 'optional' ? [{}, ...secured] : secured,
    parameters: parametersOf(one),
    ...(body
      ? {
          requestBody: {
            required: !body.safeParse(undefined).success,
            content: { [bodyType]: { schema: schemaOf(body), example: example.body } },
          },
        }
      : {}),
    responses: { ...answerOf(one), ...refusalsOf(one) },
  }
}

function parametersOf({ path, query, example }: Route): readonly Json[] {
  const shown: Json = { ...example.params, ...(example.query as object | undefined) }
  const schema = query ? schemaOf(query) : {}
  const asked = Object.entries((schema['properties'] ?? {}) as Json)
  const common = (name: string) => ({ name, ...(name in shown ? { example: shown[name] } : {}) })
  return [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
      ...common(name),
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...asked.map(([name, one]) => ({ ...common(name), in: 'query', required: false, schema: one })),
  ]
}

function answerOf({ answer, type = 'application/json', status, example }: Route): Json {
  if (answer === noContent) return { [status ?? 204]: { description: 'Done.' } }
  const isJson = /\bjson$/.test(type)
  const content = isJson
    ? { schema: schemaOf(answer), example: example.answer }
    : { schema: { type: 'string' } }
  return { [status ?? 200]: { description: 'The response.', content: { [type]: content } } }
}

/** Returns the failures of a route by status: OpenAPI distinguishes no further, so each response lists its codes. */
function refusalsOf(one: Route): Json {
  const codes = [...failuresOf(one), 'internal' as const]
  const statusOf = (code: string) =>
    code === 'token_missing' && one.missingStatus
      ? one.missingStatus
      : callerFailures.get(code)?.status
  const byStatus = Map.groupBy(codes, statusOf)
  const answers = [...byStatus].map(([status, list]) => {
    const described = list.map((code) => `- \`${code}\`: ${callerFailures.get(code)?.message}`)
    const narrowed = { properties: { code: { enum: list } } }
    const schema = { allOf: [{ $ref: '#/components/schemas/Problem' }, narrowed] }
    const content = { 'application/problem+json': { schema } }
    return [status, { description: described.join('\n'), content }] as const
  })
  return Object.fromEntries(answers)
}

/** Returns the JSON Schema of what is sent: a secret is text until it is parsed. */
function schemaOf(shape: z.ZodType): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: 'input' })
  return schema
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
