// node:http alone: raw.ts <variant>
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { audience, chosen, issuer, looksLikeBearer, port, secret } from './shared.ts'

function answer(response: ServerResponse, owner: string): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ owner }))
}

async function ours(cache: boolean): Promise<RequestListener> {
  const [{ nodeGuard }, { newGuard }] = await Promise.all([
    import('@countersign/guard/node'),
    import('./guard.ts'),
  ])
  const route = nodeGuard(newGuard({ cache }), undefined, (_, response, { subject }) =>
    answer(response, subject),
  )
  return (request, response) => void route(request, response)
}

async function jose(): Promise<RequestListener> {
  const { jwtVerify } = await import('jose')
  const key = new TextEncoder().encode(secret)
  const options = { issuer, audience, algorithms: ['HS256'] }
  return async (request, response) => {
    try {
      const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
      answer(response, String((await jwtVerify(token, key, options)).payload.sub))
    } catch {
      response.writeHead(401).end()
    }
  }
}

const listener = await chosen<() => Promise<RequestListener>>({
  none: async () => (_, response) => answer(response, 'nobody'),
  empty: async () => (request, response) => {
    if (looksLikeBearer(request.headers.authorization)) answer(response, 'nobody')
    else response.writeHead(401).end()
  },
  jose,
  ours: () => ours(true),
  'ours-cold': () => ours(false),
})()
createServer(listener).listen(port, '127.0.0.1')
