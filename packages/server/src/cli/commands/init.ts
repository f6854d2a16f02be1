import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { issuerUrlOf } from '../../config/settings.ts'
import { version } from '../../domain/kernel/version.ts'
import { fail } from '../../failures.ts'
import { settingsCommand } from '../command.ts'
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
  /** The packages of Node, one for each platform, of which npm installs one: its scripts find that Node first. */
  readonly nodes: Readonly<Record<string, string>>
}

/** The issuer that the applications of `examples/` accept. */
const exampleIssuer = "'http://localhost:5000'"

/** Writes an application with a guard. */
export const init = settingsCommand({
  usage: 'init <directory>',
  summary:
    'Write a small application with a guard, or with the whole server inside, in the framework of your choice',
  options: [
    [
      '--packages <FOLDER>',
      'The folder with the packed packages, from `npm run packages` in a checkout: they are not on npm yet.',
    ],
    [
      '--framework <NAME>',
      `One of ${frameworks.join(', ')}. Default: ${frameworks[0]}.`,
      frameworkOf,
    ],
    [
      '--inside',
      `Put the server into the application, with a page: for ${insideFrameworks.join(', ')}.`,
    ],
  ],
  mode: 'development',
  serves: true,
  shownSettings: ['issuer.url', 'http.port'],
  examples: [
    'countersign init ../notes --packages .    # in a checkout, after `npm run packages`',
    'countersign init ../notes --packages . --framework express',
    'countersign init ../notes --packages . --inside',
    'countersign init ../notes --packages . --http-port 5050    # if the server has this port',
  ],
  async run(config, { directory, framework = frameworks[0], inside, packages }) {
    if (existsSync(directory) && readdirSync(directory).length > 0)
      throw fail('argument_invalid', { detail: 'the directory must be new or empty' })
    const { nodes, ...starters } = readStarters()
    const starter = inside ? starters.inside[framework] : starters.guarded[framework]
    if (!starter)
      throw fail('argument_invalid', { detail: `--inside is for ${insideFrameworks.join(', ')}` })
    const issuer = issuerUrlOf(config)
    const own = ownPackages(directory, packages, inside)
    const manifest = {
      ...manifestOf(directory, starter, { inside, own }),
      optionalDependencies: nodes,
    }
    const all = {
      ...filesFor(starter, issuer),
      'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
    }
    mkdirSync(directory, { recursive: true })
    for (const [name, text] of Object.entries(all)) writeFileSync(join(directory, name), text)
    print(`Wrote ${Object.keys(all).join(', ')} into ${directory}. Continue there:`)
    print('\n  npm install\n  npm start\n')
    print(inside ? insideNote : `It accepts the tokens of ${issuer}. ${guardedNote}`)
  },
})

const insideNote =
  'Then open http://localhost:3000, and sign in as admin with the password "password".\nIts tests run by `npm test`.'
const guardedNote =
  'For another issuer, set ISSUER to its URL.\nIts tests run by `npm test`, without a server.'

/** Returns the manifest. Its tests are named, because a Node that runs no TypeScript finds none otherwise, and passes. */
function manifestOf(
  directory: string,
  { dependencies, devDependencies }: Starter,
  { inside, own }: { readonly inside: boolean; readonly own: Starter['dependencies'] },
) {
  return {
    name: basename(resolve(directory))
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-'),
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: {
      start: inside ? 'NODE_ENV=development node app.ts' : 'node app.ts',
      test: 'node --test "**/*.test.ts"',
    },
    dependencies: { ...dependencies, ...own },
    devDependencies,
    engines: { node: '>=24' }, // it runs TypeScript without a build
  }
}

/** Returns the files of an application that accepts the tokens of an issuer. */
function filesFor({ files }: Starter, issuer: string): Starter['files'] {
  const quoted = `'${issuer.replaceAll(/['\\]/g, String.raw`\$&`)}'`
  const texts = Object.entries(files).map(([name, text]) => [
    name,
    text.replaceAll(exampleIssuer, () => quoted),
  ])
  return Object.fromEntries(texts) as Starter['files']
}

function frameworkOf(text: string): Framework {
  const found = frameworks.find((one) => one === text)
  if (found === undefined)
    throw fail('argument_invalid', {
      detail: `the framework must be one of ${frameworks.join(', ')}`,
    })
  return found
}

function readStarters(): Starters {
  const file = new URL(
    'data/starters.json',
    import.meta.resolve('@countersign/server/package.json'),
  )
  return JSON.parse(readFileSync(file, 'utf8')) as Starters // as scripts/starters.ts writes it
}

/**
 * Returns the dependencies on our own packages, as files in a folder. None is named by its version: nothing is on npm yet, and npm would install
 * the package of anyone who took the name there. Fails with `argument_invalid`.
 */
function ownPackages(directory: string, folder: string | undefined, inside: boolean) {
  const names = ['token', 'guard', ...(inside ? ['server'] : [])] // the guard imports token
  if (folder === undefined)
    throw fail('argument_invalid', {
      detail: `--packages is missing: the packages are not on npm yet; ${howToPack}`,
    })
  const entries = names.map((name) => {
    const file = resolve(folder, `countersign-${name}-${version}.tgz`)
    if (!existsSync(file))
      throw fail('argument_invalid', {
        detail: `the folder of packages has no ${basename(file)}; ${howToPack}`,
      })
    return [`@countersign/${name}`, `file:${relative(directory, file)}`]
  })
  return Object.fromEntries(entries) as Readonly<Record<string, string>>
}

const howToPack =
  'run `npm run packages` in a checkout of Countersign, and give its folder as --packages'
