/** One server of the table. */
export interface Variant {
  /** The framework, whose own speed it is compared with. */
  readonly group: 'raw' | 'fastify' | 'hono' | 'express' | 'tutorial'
  readonly name: string
  readonly label: string
}

const row = (group: Variant['group'], name: string, label: string): Variant => ({
  group,
  name,
  label,
})

const common = (group: Variant['group'], label: string, theirs: readonly Variant[]) => [
  row(group, 'none', `${label}, no auth`),
  row(group, 'empty', `${label}, an empty guard`),
  ...theirs,
  row(group, 'ours', `**${label} + Countersign**, hot`),
  row(group, 'ours-cold', `**${label} + Countersign**, cold (no cache)`),
]

/** Every server that is measured: the first of each group is its limit. */
export const variants: readonly Variant[] = [
  ...common('raw', 'node:http', [row('raw', 'jose', 'node:http + jose')]),
  ...common('fastify', 'fastify', [
    row('fastify', 'theirs', 'fastify + @fastify/jwt'),
    row('fastify', 'theirs-cached', 'fastify + @fastify/jwt, its cache on'),
  ]),
  ...common('hono', 'hono', [
    row('hono', 'theirs', 'hono + hono/jwt, as documented'),
    row('hono', 'theirs-key', 'hono + hono/jwt, with a CryptoKey'),
  ]),
  ...common('express', 'express', [row('express', 'theirs', 'express + express-jwt')]),
  row('tutorial', 'theirs', 'the tutorial: Flask + PyJWT, gunicorn, one worker'),
]

/** Returns the text that identifies a variant. */
export const idOf = ({ group, name }: Pick<Variant, 'group' | 'name'>): string => `${group} ${name}`
