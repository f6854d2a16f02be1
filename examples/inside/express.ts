// Notes in Express, with Countersign inside: npm run express --workspace=@countersign/example-inside
import { expressGuard } from '@countersign/guard/express'
import { createAuth, type Auth } from '@countersign/server'
import { expressAuth } from '@countersign/server/express'
import express, { type Express } from 'express'
import { pageOf, script } from './page.ts'
import { options, port, stopOnSignal } from './start.ts'

/** Creates the application around an auth server: tests pass one of their own. */
export function createApp(auth: Auth): Express {
  const app = express()
  app.use(expressAuth(auth)) // before express.json(), which reads bodies
  app.use(express.json())
  app.get('/', (_, response) => void response.send(pageOf(auth.url)))
  app.get('/page.js', (_, response) => void response.type('text/javascript').send(script))
  app.get('/notes', expressGuard(auth.guard), (request, response) => {
    response.json({ owner: auth.guard.principalOf(request).claims['username'] })
  })
  return app
}

if (import.meta.main) {
  const auth = await createAuth(options)
  const server = createApp(auth).listen(port, 'localhost', () =>
    console.log(`Listening on http://localhost:${port}`),
  )
  stopOnSignal(server, auth)
}
