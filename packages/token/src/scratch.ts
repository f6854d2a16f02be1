/**
 * A buffer that is written over again and again. A fresh buffer for each token would cost more than what is done with it, above all in
 * garbage collection. What is in it is good until it is used for the next token: whoever waits for anything must copy it.
 */
export interface Scratch {
  /** The whole buffer, made larger if need be; what was in it may be lost. */
  room(bytes: number): Buffer
  /** The buffer's beginning. */
  view(bytes: number): Buffer
}

const usual = 8192 // bytes; the longest token by default
const most = 65_536 // bytes; no token is longer, only status lists are
const viewsKept = 2048 // lengths up to which a view is made once; nearly all tokens are shorter

/** Makes a scratch that begins with `head`, whenever it is made anew. */
export function createScratch(head: Buffer = Buffer.alloc(0)): Scratch {
  let buffer = Buffer.alloc(0)
  let views: Buffer[] = []
  function room(bytes: number): Buffer {
    if (bytes <= buffer.length && buffer.length <= most) return buffer // a huge one is not kept
    buffer = Buffer.allocUnsafeSlow(Math.max(bytes, usual))
    head.copy(buffer)
    views = []
    return buffer
  }
  function view(bytes: number): Buffer {
    if (bytes > viewsKept) return buffer.subarray(0, bytes)
    return (views[bytes] ??= buffer.subarray(0, bytes))
  }
  room(usual)
  return { room, view }
}
