import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { version } from '../../domain/kernel/version.ts'
import { fail } from '../../failures.ts'
import { plainCommand } from '../command.ts'
import { print } from '../terminal.ts'

/** The frameworks that an application can be written in: each has a guard, and an application in `examples/`. */
export const frameworks = ['hono', 'express', 'fastify', 'koa', 'node', 'fetch'] as const
type Framework = (typeof frameworks)[number]

/** Those in which the server can live too, each with an application in `examples/inside`. */
export const insideFrameworks = [
  'hono',
  'express',
  'fastify',
  'fetch',
] as const satisfies readonly Framework[]

/** An application to begin with: its files by name, and what it imports. `npm run docs` writes them from `examples/` into the data of this package. */
export interface Starter {
  readonly files: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** All of them: with a guard alone, and with the server inside. */
export interface Starters {
  readonly guarded: Readonly<Record<Framework, Starter>>
  readonly inside: Readonly<Partial<Record<Framework, Starter>>>
}

/** Writes an application with a guard. */
export const init = plainCommand({
  usage: 'init <directory>',
  summary:
    'Write a small application with a guard, or with the whole server inside, in the framework of your choice',
  options: [
    [
      '--framework <NAME>',
      `One of ${frameworks.join(', ')}. Default: ${frameworks[0]}.`,
      frameworkOf,
    ],
    [
      '--inside',
      `Put the server into the application, with a page: for ${insideFrameworks.join(', ')}.`,
    ],
    [
      '--packages <FOLDER>',
      'A folder with the packed packages, from `npm run packages`, instead of a registry.',
    ],
  ],
  examples: [
    'countersign init notes',
    'countersign init notes --framework express',
    'countersign init notes --inside',
    'countersign init ../notes --packages .    # in a checkout, after `npm run packages`',
  ],
  run({ directory, framework = frameworks[0], inside = false, packages }) {
    if (existsSync(directory) && readdirSync(directory).length > 0)
      throw fail('argument_invalid', { detail: 'the directory must be new or empty' })
    const { files, ...imported } = starterOf(framework, inside)
    const manifest = {
      name: basename(resolve(directory))
        .toLowerCase()
        .replaceAll(/[^a-z0-9-]+/g, '-'),
      version: '0.1.0',
      private: true,
      type: 'module',
      scripts: inside
        ? { start: 'NODE_ENV=development node app.ts' }
        : { start: 'node app.ts', test: 'node --test' },
      ...imported,
      dependencies: { ...imported.dependencies, ...ownPackages(directory, packages, inside) },
      engines: { node: '>=24' }, // it runs TypeScript without a build
    }
    mkdirSync(directory, { recursive: true })
    const all = { ...files, 'package.json': `${JSON.stringify(manifest, null, 2)}\n` }
    for (const [name, text] of Object.entries(all)) writeFileSync(join(directory, name), text)
    print(`Wrote ${Object.keys(all).join(', ')} into ${directory}. Continue there:`)
    print('\n  npm install\n  npm start\n')
    print(
      inside
        ? 'Then open http://localhost:3000, and sign in as admin with the password "password".'
        : 'It accepts the tokens of http://localhost:5000, which `countersign dev` serves.\nFor another issuer, set ISSUER to its URL. Its tests run by `npm test`.',
    )
  },
})

function frameworkOf(text: string): Framework {
  const found = frameworks.find((one) => one === text)
  if (found === undefined)
    throw fail('argument_invalid', {
      detail: `the framework must be one of ${frameworks.join(', ')}`,
    })
  return found
}

function starterOf(framework: Framework, inside: boolean): Starter {
  const file = new URL(
    'data/starters.json',
    import.meta.resolve('@countersign/server/package.json'),
  )
  const starters = JSON.parse(readFileSync(file, 'utf8')) as Starters // as scripts/starters.ts writes it
  const starter = inside ? starters.inside[framework] : starters.guarded[framework]
  if (starter) return starter
  throw fail('argument_invalid', {
    detail: `--inside is for ${insideFrameworks.join(', ')}`,
  })
}

/** Returns the dependencies on our own packages of this version: by version, or by the files in a folder. */
function ownPackages(directory: string, folder: string | undefined, inside: boolean) {
  const names = ['token', 'guard', ...(inside ? ['server'] : [])] // the guard imports token
  const entries = names.map((name) => {
    if (folder === undefined) return [`@countersign/${name}`, version]
    const file = resolve(folder, `countersign-${name}-${version}.tgz`)
    if (!existsSync(file))
      throw fail('argument_invalid', { detail: `the folder of packages has no ${basename(file)}` })
    return [`@countersign/${name}`, `file:${relative(directory, file)}`]
  })
  return Object.fromEntries(entries) as Readonly<Record<string, string>>
}
