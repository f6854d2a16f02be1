// Shared by all servers; it imports nothing, so that a variant has only its own costs.

/** The secret of every token. */
export const secret = process.env['BENCH_SECRET'] ?? ''

/** The issuer and the audience of the tokens. */
export const issuer = 'https://auth.example.com'
export const audience = 'https://api.example.com'

/** The port that a server of this folder listens on. */
export const port = Number(process.env['PORT'])

/** The minimum work of a guard: reads the header and checks its form. */
export const looksLikeBearer = (header: string | undefined): boolean =>
  header?.startsWith('Bearer ') ?? false

/** Returns the variant of its framework that this process is to run, by the first argument. */
export function chosen<T>(variants: Readonly<Record<string, T>>): T {
  const [, , name = ''] = process.argv
  const one = variants[name]
  if (one === undefined) throw new Error(`there is no variant ${name}`)
  return one
}
