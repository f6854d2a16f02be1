import { pageOf } from '../../page.ts'
import { url } from '../auth.ts'

export const GET = () => new Response(pageOf(url), { headers: { 'content-type': 'text/html' } })
