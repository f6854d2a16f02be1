/**
 * A buffer that is overwritten again and again. Allocating one for each token would cost more than the work on it, mostly in
 * garbage collection. Its contents are valid until it is used for the next token: copy them before any `await`.
 */
export interface ReusableBuffer {
  /** Returns the whole buffer, enlarged if needed; enlarging keeps only the head. */
  reserve(bytes: number): Buffer
  /** Returns the first bytes of the buffer. */
  view(bytes: number): Buffer
}

const initialBytes = 8192 // the default limit of a token's length
const maxKeptBytes = 65_536 // no token is longer, only status lists are
const maxCachedView = 2048 // bytes; nearly all tokens are shorter, and their views are made once

/** Makes a buffer that starts with `head`, also after it was reallocated. */
export function createReusableBuffer(head: Buffer = Buffer.alloc(0)): ReusableBuffer {
  let buffer = Buffer.alloc(0)
  let views: (Buffer | undefined)[] = []
  function reserve(bytes: number): Buffer {
    if (bytes <= buffer.length && buffer.length <= maxKeptBytes) return buffer // a very large one is not kept
    buffer = Buffer.allocUnsafeSlow(Math.max(bytes, initialBytes))
    head.copy(buffer)
    views = Array(maxCachedView + 1) // whole: in a sparse array each view would be a lookup
    return buffer
  }
  function view(bytes: number): Buffer {
    if (bytes > maxCachedView) return buffer.subarray(0, bytes)
    return (views[bytes] ??= buffer.subarray(0, bytes))
  }
  reserve(initialBytes)
  return { reserve, view }
}
