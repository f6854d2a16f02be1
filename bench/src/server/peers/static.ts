// The limit for a route that never changes: the same bytes from node:http.
import { createServer } from 'node:http'

const [text = '{}'] = process.argv.slice(2)
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
createServer((_, response) => response.writeHead(200, headers).end(text)).listen(
  Number(process.env['PORT']),
  '127.0.0.1',
)
