// The tutorial's Flask application and this server, side by side on one user table and one secret: tokens of either are honoured until a day, and
// those of the application refused afterwards.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'
import { ownPackage, python, pythonLacks } from '@countersign/testing/python'

const lacks = pythonLacks(
  'python3-jwt',
  'python3-cryptography',
  'python3-flask',
  'python3-werkzeug',
)
const password = 'correct horse battery'
const secret = randomBytes(32).toString('base64url')

/** The day that begins so many days from now, in UTC. */
const dayIn = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

/** The tutorial's application; each route is guarded until another day. */
const program = `
import csv, datetime, os
import jwt
from countersign import FlaskGuard, LegacyTokens
from flask import Flask, g, jsonify, request
from werkzeug.security import check_password_hash

env = os.environ
with open(env["USERS"]) as file:
    users = {row["username"]: row for row in csv.DictReader(file)}
app = Flask(__name__)

@app.post("/login")
def login():
    body = request.get_json()
    row = users.get(body["username"])
    if not row or not check_password_hash(row["password_hash"], body["password"]):
        return jsonify(message="Invalid credentials"), 401
    expiry = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=30)
    return jsonify(token=jwt.encode({"user": body["username"], "exp": expiry}, env["SECRET"], algorithm="HS256"))

def find(name):
    row = users.get(name)
    return row and row["is_active"] == "1" and {"sub": name} or None

for path in ("tomorrow", "today"):
    legacy = LegacyTokens(env["SECRET"], env[path.upper()], claim="user", find_user=find)
    guard = FlaskGuard(env["ISSUER"], audience=env["ISSUER"], legacy=legacy)
    view = guard.required(lambda legacy=legacy: jsonify(subject=g.principal.subject, used=legacy.used))
    app.add_url_rule(f"/{path}", path, view)
app.run(port=int(env["PORT"]))
`

suite('a Flask application and this server', { skip: lacks }, () => {
  test('[24.40] honour the tokens of each other until the day, and those of the application no longer', async () => {
    using folder = scratch()
    const users = join(folder.path, 'users.csv')
    const hash = 'from werkzeug.security import generate_password_hash as h; print(h(input()))'
    const hashed = await run([python, '-c', hash], { input: `${password}\n` })
    assert.equal(hashed.code, 0, hashed.output)
    const rowOf = (name: string, isActive: number) => `${name},${hashed.output.trim()},${isActive}`
    writeFileSync(
      users,
      ['username,password_hash,is_active', rowOf('ada', 1), rowOf('eve', 0)].join('\n'),
    )

    const [port, flaskPort] = [await freePort(), await freePort()]
    const [url, flaskUrl] = [`http://localhost:${port}`, `http://localhost:${flaskPort}`]
    const env = {
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
      COUNTERSIGN_TOKENS_LEGACY_SECRET: secret,
      COUNTERSIGN_TOKENS_LEGACY_UNTIL: dayIn(1),
    }
    const words = ['import', users, '--from', 'werkzeug', '--development']
    const imported = await run([...countersign, ...words], { env })
    assert.equal(imported.code, 0, imported.output)
    const serveUntil = (day: string) =>
      start([...countersign, 'dev'], { env: { ...env, COUNTERSIGN_TOKENS_LEGACY_UNTIL: day } })
    const server = await serveUntil(dayIn(1))
    await using flask = await start([python, '-c', program], {
      env: {
        ...ownPackage,
        USERS: users,
        SECRET: secret,
        ISSUER: url,
        PORT: String(flaskPort),
        TOMORROW: dayIn(1),
        TODAY: dayIn(0),
      },
      ready: /Running on/,
    })
    const tokenOf = async (base: string, username: string) =>
      String((await post(`${base}/login`, { username, password })).body['token'])
    const [old, own] = [await tokenOf(flaskUrl, 'ada'), await tokenOf(url, 'ada')]
    const [oldOfEve, answers] = [await tokenOf(flaskUrl, 'eve'), new Map<string, number>()]
    const ask = async (name: string, address: string, token: string) =>
      void answers.set(name, (await get(address, token)).status)

    await ask('old, server', `${url}/protected`, old)
    await ask('own, server', `${url}/protected`, own)
    await ask('old, Flask', `${flaskUrl}/tomorrow`, old)
    await ask('own, Flask', `${flaskUrl}/tomorrow`, own)
    await ask('own, Flask later', `${flaskUrl}/today`, own)
    await ask('old, Flask later', `${flaskUrl}/today`, old)
    await ask('disabled, server', `${url}/protected`, oldOfEve)
    await ask('disabled, Flask', `${flaskUrl}/tomorrow`, oldOfEve)
    assert.equal((await get(`${flaskUrl}/tomorrow`, old)).body['used'], 2)
    await server.stop()
    await using later = await serveUntil(dayIn(0))
    await ask('old, server later', `${url}/protected`, old)
    await ask('own, server later', `${url}/protected`, own)
    assert.deepEqual(Object.fromEntries(answers), {
      'old, server': 200,
      'own, server': 200,
      'old, Flask': 200,
      'own, Flask': 200,
      'own, Flask later': 200,
      'old, Flask later': 401,
      'disabled, server': 401,
      'disabled, Flask': 401,
      'old, server later': 401,
      'own, server later': 200,
    })
    assert.match(later.output(), /legacy_token_ended/)
    assert.match(flask.output(), /legacy_token_ended/)
  })
})
