// Notes in Express, for a browser that keeps its token in a cookie as well as for programs. With Countersign running (npm start):
// npm start --workspace=@countersign/example-express
import { cookieNamesOf, createGuard, type Guard, type GuardSettings } from '@countersign/guard'
import { expressGuard } from '@countersign/guard/express'
import express, { type Express } from 'express'

/** Returns the options of the guard that tests use too: the name of the cookie that Countersign sets. */
export function settingsOf(issuer: string) {
  return { cookie: { name: cookieNamesOf(issuer).access } } satisfies GuardSettings<unknown>
}

/** Creates the application with a guard before it: tests pass one of their own. */
export function createApp(guard: Guard): Express {
  const notes = new Map<string, readonly string[]>()
  const app = express()
  app.use('/notes', expressGuard(guard)) // every method, every path below

  app.get('/notes', (request, response) => {
    response.json(notes.get(guard.principalOf(request).subject) ?? [])
  })

  app.post('/notes', express.text(), (request, response) => {
    const { subject } = guard.principalOf(request)
    const own = [...(notes.get(subject) ?? []), String(request.body)]
    notes.set(subject, own)
    response.status(201).json(own)
  })

  app.delete('/notes', expressGuard(guard, { roles: ['admin'] }), (_, response) => {
    notes.clear()
    response.status(204).end()
  })
  return app
}

if (import.meta.main) {
  const issuer = process.env['ISSUER'] ?? 'http://localhost:5000'
  const port = Number(process.env['PORT'] ?? 3000)
  const app = createApp(
    createGuard({ issuer, audience: issuer, revocation: 'feed', ...settingsOf(issuer) }),
  )
  app.listen(port, '127.0.0.1', () => console.log(`Listening on port ${port}`))
}
