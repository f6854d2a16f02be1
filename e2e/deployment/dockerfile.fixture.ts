// Replays a Dockerfile without a container engine: each stage is a folder, and its steps are carried out there.
import { DockerfileParser, type Instruction } from 'dockerfile-ast'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The image that a container would be started from: the last stage of a Dockerfile. */
export interface Image {
  /** The folder of its files. */
  readonly folder: string
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  readonly user: string
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  /** The command of its health check. */
  readonly healthCheck: readonly string[]
}

/** The options of {@link replay}. */
export interface ReplayOptions {
  /** Copies the build context, or carries out the RUN step of a stage; returns `false` to have {@link replay} do it. */
  readonly instead: (step: string, folder: string) => boolean
  /** The number of the user that the image calls `node`. */
  readonly uid: number
}

interface Stage {
  readonly folder: string
  workdir: string
  user: string
  readonly env: Record<string, string>
  entrypoint: readonly string[]
  command: readonly string[]
  healthCheck: readonly string[]
}

const json = (text: string) => JSON.parse(text.slice(text.indexOf('['))) as readonly string[]

/** Carries out every step of a Dockerfile below a folder. Supports the instructions that `deploy/Dockerfile` uses, and fails at any other. */
export function replay(dockerfile: string, below: string, options: ReplayOptions): Image {
  const stages = new Map<string, Stage>()
  let stage: Stage | undefined
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    const text = argumentsOf(instruction)
    if (instruction.getKeyword() === 'FROM') {
      const name = / AS (\S+)$/i.exec(text)?.[1] ?? 'last'
      stage = newStage(join(below, name))
      stages.set(name, stage)
    } else
      carryOut(instruction.getKeyword(), text, stage ?? assert.fail('no FROM'), stages, options)
  }
  return stage ?? assert.fail('no FROM')
}

function newStage(folder: string): Stage {
  mkdirSync(folder, { recursive: true })
  return {
    folder,
    workdir: '/',
    user: 'root',
    env: {},
    entrypoint: [],
    command: [],
    healthCheck: [],
  }
}

/** Returns the arguments of an instruction on one line, without comments. */
function argumentsOf(instruction: Instruction): string {
  const lines = instruction.getTextContent().split('\n')
  const text = lines.map((line) => line.trim().replace(/\\$/, '')).join(' ')
  return text.slice(instruction.getKeyword().length).trim()
}

function carryOut(
  keyword: string,
  text: string,
  stage: Stage,
  stages: ReadonlyMap<string, Stage>,
  { instead, uid }: ReplayOptions,
): void {
  const here = join(stage.folder, stage.workdir)
  switch (keyword) {
    case 'WORKDIR':
      stage.workdir = text
      mkdirSync(join(stage.folder, text), { recursive: true })
      return
    case 'COPY': {
      const [, from, source = '', target = ''] = /^(?:--from=(\S+) )?(\S+) (\S+)$/.exec(text) ?? []
      if (from === undefined && instead(`COPY ${text}`, here)) return
      const origin = stages.get(from ?? '')?.folder ?? assert.fail(`COPY ${text}`)
      return copy(join(origin, source), join(here, target))
    }
    case 'RUN': {
      if (instead(`RUN ${text}`, here)) return
      const command = text.replaceAll('-o node -g node', `-o ${uid} -g ${uid}`)
      const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: here, encoding: 'utf8' })
      return assert.equal(status, 0, `${text}: ${stderr}`)
    }
    case 'ENV':
      for (const [, name = '', value = ''] of text.matchAll(/(\w+)=(\S+)/g)) stage.env[name] = value
      return
    case 'USER':
      stage.user = text
      return
    case 'ENTRYPOINT':
      stage.entrypoint = json(text)
      return
    case 'CMD':
      stage.command = json(text)
      return
    case 'HEALTHCHECK':
      stage.healthCheck = json(text)
      return
    case 'VOLUME':
    case 'EXPOSE':
      return
    default:
      assert.fail(`${keyword} cannot be replayed`)
  }
}

/** Copies a file or a folder, links included; by hard links where the file system has them, which costs little. */
export function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  for (const way of ['-al', '-a']) if (spawnSync('cp', [way, from, to]).status === 0) return
  assert.fail(`${from} cannot be copied`)
}
