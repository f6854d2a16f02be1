import { fetchGuard } from '@countersign/guard/fetch'
import { guard } from '../../../../guard.ts'

/** The argument that Next.js passes to a route handler after the request. */
interface Context {
  readonly params: Promise<{ readonly id: string }>
}

export const GET = fetchGuard(guard, undefined, async (_, { subject }, { params }: Context) =>
  Response.json({ id: (await params).id, for: subject }),
)

export const DELETE = fetchGuard(
  guard,
  { roles: ['editor'] },
  async (_, __, { params }: Context) => {
    console.info(`note ${(await params).id} is gone`)
    return new Response(null, { status: 204 })
  },
)
