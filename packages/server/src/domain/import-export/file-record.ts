// Users who come from other systems, and leave for them: what export files hold, how they are imported, and our own export.

/** An object of JSON, or a row of CSV by the names of its columns. */
export type Members = Readonly<Record<string, unknown>>

/** A record of a file, and the line on which it begins; without members, it could not be read. */
export interface FileRecord {
  readonly line: number
  readonly members?: Members
}

const maxLength = 1_048_576 // characters of a record: a user has a thousandth of that

/**
 * Reads the records of a file: JSON Lines, an array in JSON, or CSV with a line of column names; with `wrapped`, JSON whose member `users` is the array.
 * Holds one record in memory at a time. A record that cannot be read is one without members.
 */
export async function* readRecords(
  chunks: AsyncIterable<string>,
  { wrapped }: { readonly wrapped: boolean },
): AsyncGenerator<FileRecord> {
  const text = new Text(chunks)
  const first = await text.firstCharacter()
  if (first === '[' || (first === '{' && wrapped)) yield* elementsOf(text, first === '[' ? 1 : 2)
  else if (first === '{') yield* linesOf(text)
  else if (first !== undefined) yield* rowsOf(text)
}

/** The characters of a file, with the number of the current line. */
class Text {
  line = 1
  #chunk = ''
  #at = 0
  readonly #chunks: AsyncIterator<string>

  constructor(chunks: AsyncIterable<string>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Returns the first character that is no blank and no byte order mark, without reading past it. */
  async firstCharacter(): Promise<string | undefined> {
    for (;;) {
      const char = this.#chunk[this.#at]
      if (char === undefined) {
        if (!(await this.loadChunk())) return undefined
      } else if (/[\s\ufeff]/.test(char)) this.next()
      else return char
    }
  }

  /** Loads the next chunk; returns false at the end of the file. */
  async loadChunk(): Promise<boolean> {
    const { value, done } = await this.#chunks.next()
    this.#chunk = done ? '' : value
    this.#at = 0
    return !done
  }

  /** Returns the next character of the chunk; `undefined` at its end. */
  next(): string | undefined {
    const char = this.#chunk[this.#at]
    this.#at++
    if (char === '\n') this.line++
    return char
  }
}

/** Reads JSON Lines. A line that cannot be read does not affect the next. */
async function* linesOf(text: Text): AsyncGenerator<FileRecord> {
  let [line, collected] = [text.line, '']
  const record = () => (collected.trim() === '' ? [] : [parse(line, collected)])
  do {
    for (let char = text.next(); char !== undefined; char = text.next()) {
      if (char !== '\n') {
        if (collected.length <= maxLength) collected += char
        continue
      }
      yield* record()
      ;[line, collected] = [text.line, '']
    }
  } while (await text.loadChunk())
  yield* record()
}

/**
 * Reads the objects in the array of a document: of depth 1, or of depth 2 and named `users`. It looks at brackets and strings only: each object is
 * parsed when it is complete.
 */
async function* elementsOf(text: Text, depthOfObjects: number): AsyncGenerator<FileRecord> {
  let [depth, inString, escaped] = [0, false, false]
  let [line, collected, lastString] = [text.line, '', '']
  let isWanted = depthOfObjects === 1
  let isCollecting = false
  do {
    for (let char = text.next(); char !== undefined; char = text.next()) {
      if (isCollecting && collected.length <= maxLength) collected += char
      if (inString) {
        if (!escaped && char === '"') inString = false
        else if (lastString.length < 10) lastString += char
        escaped = !escaped && char === '\\'
      } else if (char === '"') [inString, lastString] = [true, '']
      else if (char === '[' || char === '{') {
        if (depth === depthOfObjects && isWanted && char === '{')
          [isCollecting, line, collected] = [true, text.line, '{']
        depth++
        if (depth === depthOfObjects && depthOfObjects === 2) isWanted = lastString === 'users'
      } else if (char === ']' || char === '}') {
        depth--
        if (isCollecting && depth === depthOfObjects) {
          isCollecting = false
          yield parse(line, collected)
        }
      }
    }
  } while (await text.loadChunk())
  if (depth !== 0) yield { line: text.line } // the file ends in the middle
}

function parse(line: number, text: string): FileRecord {
  if (text.length > maxLength) return { line }
  try {
    const members: unknown = JSON.parse(text)
    return isMembers(members) ? { line, members } : { line }
  } catch {
    return { line }
  }
}

/** Returns whether a value of JSON is an object. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const maxFields = 1000 // of a row of CSV

/** Reads CSV (RFC 4180): fields in quotes may have commas, quotes and line breaks; an empty field is a member that is missing. */
async function* rowsOf(text: Text): AsyncGenerator<FileRecord> {
  let names: readonly string[] | undefined
  let [line, field, inQuotes, wasQuoted] = [text.line, '', false, false]
  let fields: string[] = []
  const endField = () => {
    if (fields.length < maxFields) fields.push(field)
    ;[field, wasQuoted] = ['', false]
  }
  const endRow = (): readonly FileRecord[] => {
    endField()
    const row = fields
    fields = []
    if (row.length === 1 && row[0] === '') return []
    if (names === undefined) {
      names = row
      return []
    }
    if (row.length !== names.length) return [{ line }]
    const members = names.map((name, at) => [name, row[at]] as const)
    return [{ line, members: Object.fromEntries(members.filter(([, value]) => value !== '')) }]
  }
  do {
    for (let char = text.next(); char !== undefined; char = text.next()) {
      if (char === '"') {
        inQuotes = !inQuotes
        if (inQuotes && wasQuoted) field += '"' // a quote within quotes is written twice
        wasQuoted = true
      } else if (inQuotes || !/[,\r\n]/.test(char)) {
        if (field.length <= maxLength) field += char
      } else if (char === ',') endField()
      else if (char === '\n') {
        yield* endRow()
        line = text.line
      }
    }
  } while (await text.loadChunk())
  yield* inQuotes ? [{ line }] : endRow()
}
