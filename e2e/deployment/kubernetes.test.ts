// deploy/kubernetes.yaml: every object agrees with the schemas of Kubernetes, and with the server and the image.
import { Deployment } from 'kubernetes-models/apps/v1'
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { ConfigMap, Service } from 'kubernetes-models/v1'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { loadConfig } from '../../packages/server/src/config/load.ts'
import { routes } from '../../packages/server/src/http/api/routes.ts'
import { root } from '@countersign/testing/files'

const kinds = { ConfigMap, Deployment, Ingress, PodDisruptionBudget, Service }
const objects = parseAllDocuments(readFileSync(join(root, 'deploy/kubernetes.yaml'), 'utf8')).map(
  (one) => one.toJS({ maxAliasCount: 100 }) as { readonly kind: keyof typeof kinds },
)

/** Returns the only object of a kind. */
function objectOf<Kind extends keyof typeof kinds>(kind: Kind): InstanceType<(typeof kinds)[Kind]> {
  const found = objects.filter((one) => one.kind === kind)
  assert.equal(found.length, 1, kind)
  return found[0] as unknown as InstanceType<(typeof kinds)[Kind]> // validated by the first test
}

const deployment = objectOf('Deployment')
const pod = deployment.spec!.template.spec!
const [container] = pod.containers

test('every object is valid by the schema of its kind', () => {
  assert.deepEqual(objects.map(({ kind }) => kind).toSorted(), Object.keys(kinds).toSorted())
  for (const one of objects) new kinds[one.kind](one as never).validate()
  const wrong = { ...deployment, spec: { ...deployment.spec!, replicas: 'two' } }
  assert.throws(() => new Deployment(wrong as never).validate(), /replicas/)
})

test('a rollout and a drained node leave a server, and the probes are routes of the server', () => {
  const { maxUnavailable } = deployment.spec!.strategy!.rollingUpdate!
  assert.equal(maxUnavailable, 0)
  const { minAvailable, selector } = objectOf('PodDisruptionBudget').spec!
  assert.ok(Number(minAvailable) < Number(deployment.spec!.replicas))
  const { labels } = deployment.spec!.template.metadata!
  for (const one of [
    selector!.matchLabels,
    deployment.spec!.selector.matchLabels,
    objectOf('Service').spec!.selector,
  ])
    assert.deepEqual(one, labels)
  const paths = ['startupProbe', 'readinessProbe', 'livenessProbe'].map(
    (name) => container![name as 'startupProbe']!.httpGet!.path,
  )
  assert.deepEqual(paths, ['/health/ready', '/health/ready', '/health/live'])
  for (const path of paths)
    assert.ok(
      routes.some((one) => one.path === path),
      path,
    )
  const shutdown = 10 + Number(container!.lifecycle!.preStop!.sleep!.seconds) // the server answers what is under way for ten seconds
  assert.ok(Number(pod.terminationGracePeriodSeconds) > shutdown)
})

test('the container has no privileges, and a read-only file system', () => {
  assert.equal(pod.securityContext!.runAsNonRoot, true)
  assert.equal(pod.automountServiceAccountToken, false)
  const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } =
    container!.securityContext!
  assert.deepEqual([allowPrivilegeEscalation, readOnlyRootFilesystem], [false, true])
  assert.deepEqual(capabilities, { drop: ['ALL'] })
})

test('the server accepts the settings', () => {
  const { data = {} } = objectOf('ConfigMap')
  const files = Object.entries(data).filter(([name]) => name.endsWith('_FILE'))
  const [mount] = container!.volumeMounts!
  for (const [, path] of files) assert.ok(path.startsWith(`${mount!.mountPath}/`), path)
  const secrets = Object.fromEntries(files.map(([name]) => [name, undefined]))
  const env = {
    ...data,
    ...secrets,
    COUNTERSIGN_HTTP_HOST: '0.0.0.0', // as in the image
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: Buffer.alloc(32, 'a7c').toString('base64'),
    COUNTERSIGN_DATABASE_URL: 'postgres://countersign@database/countersign',
  }
  const config = loadConfig({ mode: 'production', env })
  assert.equal(config.issuer.url, 'https://auth.example.com')
})
