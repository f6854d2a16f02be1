// What every server here shares; it loads nothing, so that a variant pays for nothing but its own.

/** The secret of every token. */
export const secret = process.env['BENCH_SECRET'] ?? ''

/** Whose tokens are good, and for whom. */
export const issuer = 'https://auth.example.com'
export const audience = 'https://api.example.com'

/** Where a server here listens. */
export const port = Number(process.env['PORT'])

/** The least that any guard does: the header is read and looked at. */
export const looksLikeBearer = (header: string | undefined): boolean =>
  header?.startsWith('Bearer ') ?? false

/** What this process is to do, out of what its framework can. */
export function chosen<T>(variants: Readonly<Record<string, T>>): T {
  const [, , name = ''] = process.argv
  const one = variants[name]
  if (one === undefined) throw new Error(`there is no variant ${name}`)
  return one
}
