import { guarded } from '../../auth.ts'

export const GET = guarded(undefined, (_, { claims }) =>
  Response.json({ owner: claims['username'] }),
)
