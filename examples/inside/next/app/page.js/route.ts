import { script } from '../../../page.ts'

export const GET = () => new Response(script, { headers: { 'content-type': 'text/javascript' } })
