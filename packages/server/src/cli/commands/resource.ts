import { settings } from '../../config/settings.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import type { Resource } from '../../domain/clients/resource.ts'
import { putResource, removeResource } from '../../domain/machines/change-resources.ts'
import { fail } from '../../failures.ts'
import { groupOf, json, settingsCommand } from '../command.ts'
import { printTable } from '../table.ts'
import { listOf, print, printJson, tone } from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'

const mode = 'production'

const add = settingsCommand({
  usage: 'add <url>',
  summary:
    'Add an API that access tokens are for, or change it: its URL is the audience. What is left out gets its default',
  options: [
    ['--scopes <LIST>', 'The scopes that its tokens may have, separated by commas.', listOf],
    ['--lifetime <DURATION>', 'Lifetime of its access tokens. Default: tokens.lifetime.', seconds],
    ['--algorithm <NAME>', 'The algorithm that signs them. Default: the first of the settings.'],
    ['--open', 'Let every application with a metadata document ask users for its scopes.'],
    json,
  ],
  mode,
  examples: ['countersign resource add https://notes.example.com --scopes notes:read,notes:write'],
  run: (config, { url, scopes = [], lifetime, algorithm, open: isOpen, json: asJson }) =>
    withRuntime(config, async (runtime) => {
      const said = { audience: url, scopes, lifetime, algorithm, isOpen }
      const resource = await putResource(runtime, said, commandLine)
      if (asJson) printJson(toJson(resource))
      else print(`The resource has the scopes: ${resource.scopes.join(', ') || 'none'}`)
    }),
})

const list = settingsCommand({
  usage: 'list',
  summary: 'List resources with their scopes',
  options: [json],
  mode,
  examples: ['countersign resource list', 'countersign resource list --json'],
  run: (config, { json: asJson }) =>
    withRuntime(config, async ({ store }) => {
      const resources = await store.resources.list()
      if (asJson) return resources.forEach((one) => printJson(toJson(one)))
      if (resources.length === 0) return print(tone.quiet('No resources'))
      await printTable(
        ['audience', 'scopes', 'lifetime', 'algorithm', 'open'],
        resources.map(rowOf),
      )
    }),
})

const remove = settingsCommand({
  usage: 'remove <url>',
  summary: 'Remove a resource: its API tokens end, and clients lose it',
  mode,
  examples: ['countersign resource remove https://notes.example.com'],
  run: (config, { url }) =>
    withRuntime(config, async (runtime) => {
      const resource = await runtime.store.resources.findByAudience(url)
      if (!resource) throw fail('resource_unknown')
      await removeResource(runtime, resource.id, commandLine)
      print('Removed the resource')
    }),
})

/** The group `resource`. */
export const resource = groupOf(
  'resource',
  'The APIs that access tokens are for, and their scopes',
  add,
  list,
  remove,
)

function seconds(text: string): number {
  const { success, data } = settings.tokens.lifetime.schema.safeParse(text)
  if (success) return data
  throw fail('argument_invalid', { detail: '--lifetime must be from 10s to 24h' })
}

function rowOf({ audience, scopes, lifetime, algorithm, isOpen }: Resource): readonly string[] {
  const time = lifetime === null ? 'default' : `${lifetime}s`
  return [audience, scopes.join(', '), time, algorithm ?? 'default', isOpen ? 'yes' : 'no']
}

function toJson({ isOpen, createdAt, ...others }: Resource) {
  return { ...others, open: isOpen, created_at: createdAt }
}
