// Fastify: fastify.ts <variant>
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { audience, chosen, issuer, looksLikeBearer, port, secret } from './shared.ts'

type Build = (app: FastifyInstance) => unknown

function ours(cache: boolean): Build {
  return async (app) => {
    const [{ fastifyGuard }, { newGuard }] = await Promise.all([
      import('@countersign/guard/fastify'),
      import('./guard.ts'),
    ])
    const guard = newGuard({ cache })
    app.get('/', { onRequest: fastifyGuard(guard) }, (request, reply) => {
      reply.send({ owner: guard.principalOf(request).subject })
    })
  }
}

function theirs(cache: boolean): Build {
  return async (app) => {
    const { default: fastifyJwt } = await import('@fastify/jwt')
    const rules = {
      algorithms: ['HS256' as const],
      allowedIss: issuer,
      allowedAud: audience,
      cache,
    }
    await app.register(fastifyJwt, { secret, verify: rules })
    const onRequest = (request: FastifyRequest) => request.jwtVerify()
    app.get('/', { onRequest }, (request, reply) => {
      reply.send({ owner: (request.user as { readonly sub: string }).sub })
    })
  }
}

const app = fastify()
await chosen<Build>({
  none: () => app.get('/', (_, reply) => void reply.send({ owner: 'nobody' })),
  empty: () =>
    app.get(
      '/',
      {
        onRequest: (request, reply, done) => {
          if (looksLikeBearer(request.headers.authorization)) done()
          else reply.code(401).send()
        },
      },
      (_, reply) => void reply.send({ owner: 'nobody' }),
    ),
  theirs: theirs(false),
  'theirs-cached': theirs(true),
  ours: ours(true),
  'ours-cold': ours(false),
})(app)
await app.listen({ port, host: '127.0.0.1' })
