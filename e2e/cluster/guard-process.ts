// A guard in a process of its own: it receives tokens from its parent, and answers with its verdicts.
import { createGuard } from '@countersign/guard'

const [, , issuer = ''] = process.argv
const guard = createGuard({ issuer, audience: issuer, revocation: 'feed', maxExplanations: 0 })

process.on('message', async ({ id, token }: { readonly id: number; readonly token: string }) => {
  const answer = await guard.checkToken(token)
  const verdict = answer.allowed ? 'allowed' : answer.problem.code
  process.send?.({ id, verdict, list: guard.health().lists[0] })
})
process.once('disconnect', () => process.exit()) // its parent has ended
