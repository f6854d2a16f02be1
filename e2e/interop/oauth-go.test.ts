import { findProgram, howToGet, installDebian, mayInstall } from '@countersign/testing/debian'
import { scratch } from '@countersign/testing/files'
import { databases, openBrowser, openOAuthWorld, worldFor } from '@countersign/testing/oauth'
import { run } from '@countersign/testing/process'
import { repetitions } from '@countersign/testing/proofs'
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { goProgram } from './oauth-go.fixture.ts'

// The libraries of Go, from Debian. Compiling them takes half a minute, so this is a proof.

const isLong = repetitions({ short: 0, long: 1 }) === 1
const libraries = ['golang-golang-x-oauth2-dev', 'golang-github-coreos-go-oidc-dev']
const gopath = '/usr/share/gocode'
const redirectUri = 'https://app.example/callback'

/** Returns why the test is skipped, and installs Go on a CI machine. */
function findSkip(): string | false {
  if (!isLong) return 'npm run proofs -- clients'
  const go = findProgram('go', 'golang-go')
  const arePresent = () => existsSync(join(gopath, 'src/github.com/coreos/go-oidc'))
  if (!arePresent() && mayInstall) installDebian(...libraries)
  return go !== undefined && arePresent() ? false : howToGet(['golang-go', ...libraries].join(' '))
}

const skip = findSkip()
const folder = scratch()
const program = join(folder.path, 'client')

before(async () => {
  if (skip !== false) return
  const source = join(folder.path, 'main.go')
  writeFileSync(source, goProgram)
  const env = { GO111MODULE: 'off', GOPATH: gopath, GOFLAGS: '', CGO_ENABLED: '0' }
  const { code, output } = await run(['go', 'build', '-o', program, source], { env })
  assert.equal(code, 0, output)
})
after(() => folder[Symbol.dispose]())

async function ask(given: object): Promise<Readonly<Record<string, unknown>>> {
  const { code, output } = await run([program], { input: JSON.stringify(given) })
  assert.equal(code, 0, output)
  return JSON.parse(output) as Readonly<Record<string, unknown>>
}

for (const [name, open, missing] of databases)
  suite(
    `on ${name}, x/oauth2 and go-oidc get code, tokens, userinfo, the next tokens, and revoke them`,
    { skip: skip || missing },
    () => {
      const world = worldFor(open, openOAuthWorld)

      for (const isPublic of [true, false])
        test(`as a ${isPublic ? 'public' : 'confidential'} client`, async () => {
          const { issuer } = world()
          const { id, secret } = await world().add({
            name: `go-${isPublic}`,
            redirect_uris: [redirectUri],
            public: isPublic,
            scopes: ['openid', 'email', 'offline_access'],
            resources: [issuer],
          })
          const verifier = 'a-verifier-of-this-test-and-of-nothing-else-at-all'
          const given = { issuer, id, secret, redirect: redirectUri, verifier }
          const asked = await ask(given)
          const { url } = await openBrowser(issuer).signInTo(String(asked['Url']), redirectUri)
          const { Email, Nonce, Rotated, Status, Refused } = await ask({
            ...given,
            answer: url.href,
          })
          assert.deepEqual([Email, Nonce, Rotated], ['ada@example.com', 'n', true])
          assert.deepEqual([Status, Refused], [401, true])
        })
    },
  )
