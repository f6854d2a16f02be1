import { z } from 'zod'
import { openApiOf } from '../openapi/openapi.ts'
import { route, type Route } from '../pipeline/route.ts'

/** Makes the route that describes all routes, for tools that read OpenAPI. */
export function openApiRoute(routes: () => readonly Route[]) {
  return route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This API as an OpenAPI 3.1 document',
    limit: { none: 'it reads nothing' },
    access: 'public',
    answer: z.looseObject({ openapi: z.literal('3.1.1') }),
    cacheFor: 300,
    cors: 'any',
    failures: [],
    example: { answer: { openapi: '3.1.1' } },

    handle: ({ runtime }) => openApiOf(routes(), runtime.issuer.url),
  })
}
