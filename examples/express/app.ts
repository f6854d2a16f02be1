// Notes in Express, for a browser that keeps its token in a cookie as well as for programs. With Countersign running (npm start):
// npm start --workspace=@countersign/example-express
import { createGuard, type Guard, type GuardSettings } from '@countersign/guard'
import { expressGuard } from '@countersign/guard/express'
import express, { type Express } from 'express'

/** The options of the guard that do not depend on the issuer: the name of the cookie that Countersign sets. */
export const settings = {
  cookie: { name: '__Host-countersign_access' },
} as const satisfies GuardSettings<unknown>

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
  const app = createApp(createGuard({ issuer, audience: issuer, ...settings }))
  app.listen(port, '127.0.0.1', () => console.log(`Listening on port ${port}`))
}
