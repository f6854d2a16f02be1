// The one guard of a Next.js application: copy it and the route handlers below app/ into yours.
import { createGuard } from '@countersign/guard'

const issuer = process.env['ISSUER'] ?? 'http://localhost:5000'

export const guard = createGuard({ issuer, audience: process.env['AUDIENCE'] ?? issuer })
