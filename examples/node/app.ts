// The time, as an event stream from node:http, for as long as the token lasts. With Countersign running (npm start):
// npm start --workspace=@countersign/example-node
import { createGuard, guardConnection, type Guard } from '@countersign/guard'
import { nodeGuard } from '@countersign/guard/node'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'

function sendTime(response: ServerResponse, subject: string): void {
  response.write(`data: ${JSON.stringify({ for: subject, at: new Date().toISOString() })}\n\n`)
}

/** Creates the application with a guard before it: tests pass one of their own. */
export function createListener(guard: Guard): RequestListener {
  const stream = nodeGuard(guard, undefined, (_, response, principal) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    sendTime(response, principal.subject)
    const ticking = setInterval(() => sendTime(response, principal.subject), 1000)
    const connection = guardConnection(guard, principal, { end: () => response.end() })
    response.on('close', () => {
      clearInterval(ticking)
      connection.release()
    })
  })
  return (request, response) => {
    if (request.url === '/time') void stream(request, response)
    else response.writeHead(404).end()
  }
}

if (import.meta.main) {
  const issuer = process.env['ISSUER'] ?? 'http://localhost:5000'
  const port = Number(process.env['PORT'] ?? 3000)
  createServer(
    createListener(createGuard({ issuer, audience: issuer, revocation: 'feed' })),
  ).listen(port, '127.0.0.1', () => console.log(`Listening on port ${port}`))
}
