import { fail } from './failures.ts'

/** One event of a stream, without what its sender says of its id: nobody has signed that. */
export interface StreamEvent {
  readonly type: string
  readonly data: string
}

/** Reads a stream of events piece by piece, wherever the pieces are cut. */
export interface EventStreamReader {
  /** The events that this piece completes. Fails with `feed_broken` for what is not UTF-8 or grows without end. */
  push(piece: Uint8Array): readonly StreamEvent[]
  /** How many seconds the sender wants a reader to wait before it comes back. */
  readonly retry: number | undefined
}

const longestEvent = 512 * 1024 // characters; sixty thousand changes in one event

/**
 * Makes a reader of server-sent events (HTML, section 9.2.6). Written by hand because the platform has an `EventSource` in browsers only,
 * and that one follows redirects, hides the status, and keeps what never ends.
 */
export function createEventStreamReader(): EventStreamReader {
  const decoder = new TextDecoder('utf-8', { fatal: true }) // takes away a byte order mark
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
    push(piece) {
      let text = decode(decoder, piece)
      if (text === '') return []
      if (afterReturn && text.startsWith('\n')) text = text.slice(1)
      afterReturn = text.endsWith('\r')
      const lines = `${rest}${text}`.split(/\r\n|\n|\r/)
      rest = lines.pop() ?? ''
      const events = lines.flatMap(endLine)
      if (event.length + rest.length > longestEvent) throw broken('an event has no end')
      return events
    },
    get retry() {
      return retry
    },
  }
}

function decode(decoder: InstanceType<typeof TextDecoder>, piece: Uint8Array): string {
  try {
    return decoder.decode(piece, { stream: true })
  } catch (cause) {
    throw broken('it is not UTF-8', cause)
  }
}

/** A line is a name, a colon, perhaps a blank, and a value. One that begins with the colon says nothing. */
function fieldOf(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(':')
  if (colon === -1) return { name: line, value: '' }
  const value = line.slice(colon + 1)
  return { name: line.slice(0, colon), value: value.startsWith(' ') ? value.slice(1) : value }
}

const broken = (detail: string, cause?: unknown) => fail('feed_broken', { detail, cause })
