/** Returns the next hostile input. */
export type Mutator = () => string

/** Returns large inputs of kinds that have broken other libraries. */
export function hostileTexts(good: string): readonly string[] {
  const million = 1_000_000
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
  const [head = ''] = good.split('.')
  const bodies = [
    nested(100_000),
    `{"a":${nested(2500)}}`,
    objects(1000),
    `{"exp":${'9'.repeat(5000)}}`,
    `{"exp":1e${'9'.repeat(3000)}}`,
    `{"a":"${'\\u0000'.repeat(1000)}"}`,
    `{"a":"${'\\'.repeat(3000)}"}`,
    `{${Array.from({ length: 900 }, (_, at) => `"${at}":0`).join(',')}}`,
    `{${'"a":0,'.repeat(900)}"b":0}`,
    `${' '.repeat(6000)}{}`,
    '"'.repeat(6000),
  ]
  return [
    '.'.repeat(million),
    'a'.repeat(million),
    `${'.'.repeat(8190)}`,
    `${'a.'.repeat(4096)}`,
    `${'a'.repeat(65_534)}..`,
    good.repeat(200),
    `Bearer ${' '.repeat(65_536)}`,
    `Bearer ${'a,'.repeat(32_768)}`,
    ` ${'\t'.repeat(65_536)}`,
    '\u0000'.repeat(65_536),
    '\u{1f600}'.repeat(2000),
    ...bodies,
    ...bodies.map((body) => `${head}.${encode(body)}.${'A'.repeat(43)}`),
  ]
}

/** Creates a generator of random changes to valid texts; the same seed gives the same texts. */
export function newMutator(seed: number, goods: readonly string[]): Mutator {
  const next = randomFrom(seed)
  const below = (limit: number) => Math.floor(next() * limit)
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T
  const pieces = [
    '.',
    '..',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '=',
    '+',
    '/',
    ' ',
    '\n',
    '\u0000',
    '\u00e9',
    '\u{1f600}',
    '\ud800',
    '1e400',
    '-1',
    'null',
    '"alg":"none"',
    '"crit":[]',
    '__proto__',
    'A'.repeat(300),
  ]
  const edits: readonly ((text: string, at: number) => string)[] = [
    (text, at) => text.slice(0, at) + pick(pieces) + text.slice(at),
    (text, at) => text.slice(0, at) + pick(pieces) + text.slice(at + 1),
    (text, at) => text.slice(0, at) + text.slice(at + 1 + below(8)),
    (text, at) => text.slice(0, at) + String.fromCharCode(below(256)) + text.slice(at + 1),
    (text, at) => text.slice(at) + text.slice(0, at),
    (text, at) => text.slice(0, at) + text.slice(Math.max(0, at - below(40))),
    (text, at) => text.slice(0, at),
    (_, at) => Array.from({ length: at % 60 }, () => String.fromCharCode(below(0x500))).join(''),
  ]
  return () => {
    let text = pick(goods)
    for (let left = 1 + below(3); left > 0; left--) text = pick(edits)(text, below(text.length + 1))
    return text
  }
}

/** Creates a pseudo-random generator of numbers from 0 to 1 (linear congruential): for reproducible inputs, not for secrets. */
function randomFrom(seed: number): () => number {
  let state = BigInt(seed) + 1n
  return () => {
    state =
      (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn
    return Number(state >> 11n) / 2 ** 53
  }
}
