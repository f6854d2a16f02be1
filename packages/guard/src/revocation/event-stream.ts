import { fail } from '../failures.ts'

/** One event of a stream, without its id, which is not signed. */
export interface StreamEvent {
  readonly type: string
  readonly data: string
}

/** An incremental parser of an event stream; chunks may be split anywhere. */
export interface EventStreamReader {
  /** Returns the events that this chunk completes. Fails with `feed_broken` for invalid UTF-8, and for an event without end. */
  push(chunk: Uint8Array): readonly StreamEvent[]
  /** The reconnection delay that the sender requests, in seconds. */
  readonly retry: number | undefined
}

const maxEventLength = 512 * 1024 // characters; sixty thousand changes in one event

/**
 * Creates a parser of server-sent events (HTML, section 9.2.6). Written by hand because the platform has an `EventSource` in browsers only,
 * and that one follows redirects, hides the status, and buffers an event without end.
 */
export function createEventStreamReader(): EventStreamReader {
  const decoder = new TextDecoder('utf-8', { fatal: true }) // removes a byte order mark
  const event = { type: '', data: [] as string[], length: 0 }
  let rest = ''
  let afterReturn = false
  let retry: number | undefined

  function endEvent(): readonly StreamEvent[] {
    const { type, data } = event
    Object.assign(event, { type: '', data: [], length: 0 })
    return data.length === 0
      ? []
      : [{ type: type === '' ? 'message' : type, data: data.join('\n') }]
  }

  function endLine(line: string): readonly StreamEvent[] {
    if (line === '') return endEvent()
    const { name, value } = fieldOf(line)
    event.length += line.length
    if (name === 'data') event.data.push(value)
    else if (name === 'event') event.type = value
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) retry = Number(value) / 1000
    return []
  }

  return {
    push(chunk) {
      let text = decode(decoder, chunk)
      if (text === '') return []
      if (afterReturn && text.startsWith('\n')) text = text.slice(1)
      afterReturn = text.endsWith('\r')
      const lines = `${rest}${text}`.split(/\r\n|\n|\r/)
      rest = lines.pop() ?? ''
      const events = lines.flatMap(endLine)
      if (event.length + rest.length > maxEventLength) throw broken('an event has no end')
      return events
    },
    get retry() {
      return retry
    },
  }
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: true })
  } catch (cause) {
    throw broken('it is not valid UTF-8', cause)
  }
}

/** Parses a line: a name, a colon, an optional blank, and a value. One that begins with the colon is a comment. */
function fieldOf(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(':')
  if (colon === -1) return { name: line, value: '' }
  const value = line.slice(colon + 1)
  return { name: line.slice(0, colon), value: value.startsWith(' ') ? value.slice(1) : value }
}

const broken = (detail: string, cause?: unknown) => fail('feed_broken', { detail, cause })
