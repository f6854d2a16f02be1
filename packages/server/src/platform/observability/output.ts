import { write, writeSync } from 'node:fs'

/** Lines that are written to a file descriptor in order, and never stop the process if they cannot be. */
export interface Output {
  write(text: string): void
}

/** The events that an {@link Output} reports. */
export interface OutputListener {
  /** A line was lost, because too many wait. */
  lost(): void
  /** Everything that waited has been written. `cause` is the last error of the system, if there was one: `ENOSPC`. */
  drained(cause: string | undefined): void
}

/**
 * Bytes of lines that wait while they cannot be written: some 40,000 requests, which are served meanwhile. Lines beyond it are dropped, to
 * keep memory bounded.
 */
const maxWaitingBytes = 8 * 1024 * 1024

const maxWriteBytes = 16 * 1024 // of lines written at once

const retryMilliseconds = 100

const maxFinalAttempts = 20 // a tenth of a second each, to write the last lines before the process ends

/** The errors that end when the reader reads. A full disk is none of them: the end of the process does not wait for room. */
const slowReader = new Set(['EAGAIN', 'EBUSY'])

const opened = new Set<{ flush(): void }>()

/**
 * Opens a file descriptor for lines. A reader that does not read, a full disk, a closed pipe and every other error are handled alike: lines
 * wait within a bound and are tried again, and neither requests nor the end of the process wait for them.
 */
export function openOutput(fd: number, listener: OutputListener): Output {
  const queue = createQueue()
  let writing = false
  let cause: string | undefined
  const writeNext = () => {
    writing = true
    const chunk = queue.take()
    write(fd, chunk, (error, written) => {
      queue.putBack(chunk.subarray(error ? 0 : written))
      if (error) {
        cause = error.code ?? 'unknown'
        const timer = setTimeout(writeNext, retryMilliseconds)
        if (!slowReader.has(cause)) timer.unref() // a command that has finished does not wait for room
      } else if (queue.bytes() > 0) writeNext()
      else {
        writing = false
        listener.drained(cause)
        cause = undefined
      }
    })
  }
  if (opened.size === 0) process.on('exit', () => opened.forEach((one) => one.flush()))
  opened.add({ flush: () => flush(fd, queue) })
  return {
    write(text) {
      if (!queue.add(Buffer.from(text))) listener.lost()
      else if (!writing) writeNext()
    },
  }
}

type Queue = ReturnType<typeof createQueue>

function createQueue() {
  const lines: Buffer[] = []
  let bytes = 0
  return {
    bytes: () => bytes,
    /** Returns whether there was room. */
    add(line: Buffer): boolean {
      if (bytes + line.length > maxWaitingBytes) return false
      bytes += line.length
      lines.push(line)
      return true
    },
    /** Removes the first lines, for one write. */
    take(): Buffer {
      let count = 0
      for (let size = 0; count < lines.length; count++) {
        size += lines[count]?.length ?? 0
        if (count > 0 && size > maxWriteBytes) break
      }
      const chunk = Buffer.concat(lines.splice(0, count))
      bytes -= chunk.length
      return chunk
    },
    putBack(rest: Buffer): void {
      if (rest.length === 0) return
      bytes += rest.length
      lines.unshift(rest)
    },
  }
}

/** Writes what waits before the process ends, unless that would take long. */
function flush(fd: number, queue: Queue): void {
  for (let attempts = 0; queue.bytes() > 0 && attempts < maxFinalAttempts; attempts++) {
    const chunk = queue.take()
    const { written, code } = writeNow(fd, chunk)
    queue.putBack(chunk.subarray(written))
    if (code === undefined) attempts = 0
    else if (slowReader.has(code)) Atomics.wait(pause, 0, 0, retryMilliseconds)
    else return
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4))

function writeNow(fd: number, chunk: Buffer): { readonly written: number; readonly code?: string } {
  try {
    return { written: writeSync(fd, chunk) }
  } catch (error) {
    return { written: 0, code: (error as NodeJS.ErrnoException).code ?? 'unknown' }
  }
}
