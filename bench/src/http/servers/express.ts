// Express: express.ts <variant>
import express, { type Express, type Response } from 'express'
import { audience, chosen, issuer, looksLikeBearer, port, secret } from './shared.ts'

type Build = (app: Express) => unknown

const publicNote = (_: unknown, response: Response) => void response.json({ owner: 'nobody' })

function ours(cache: boolean): Build {
  return async (app) => {
    const [{ expressGuard }, { newGuard }] = await Promise.all([
      import('@countersign/guard/express'),
      import('./guard.ts'),
    ])
    const guard = newGuard({ cache })
    app.get('/', expressGuard(guard), (request, response) => {
      response.json({ owner: guard.principalOf(request).subject })
    })
  }
}

const theirs: Build = async (app) => {
  const { expressjwt } = await import('express-jwt')
  const check = expressjwt({ secret, algorithms: ['HS256'], issuer, audience })
  app.get('/', check, (request, response) => {
    response.json({ owner: (request as { readonly auth?: { readonly sub?: string } }).auth?.sub })
  })
}

const app = express()
await chosen<Build>({
  none: () => app.get('/', publicNote),
  empty: () =>
    app.get(
      '/',
      (request, response, next) => {
        if (looksLikeBearer(request.headers.authorization)) next()
        else response.sendStatus(401)
      },
      publicNote,
    ),
  theirs,
  ours: ours(true),
  'ours-cold': ours(false),
})(app)
app.listen(port, '127.0.0.1')
