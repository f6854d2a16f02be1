// The tour of a development server: five steps, each a request that the page sends, with its response.
import { colored, find, make, now, removeScriptlessNotes } from './dom.js'
import { read } from './token.js'
import { table } from './token-view.js'
import { span } from './format.js'

/** @typedef {{ readonly status: number, readonly body: any }} Answer */

const base =
  document
    .querySelector('main')
    ?.querySelector('form')
    ?.getAttribute('action')
    ?.replace(/\/sign-in$/, '') ?? ''
/** @type {{ token: string, refresh: string } | undefined} */
let held
let watching = false

/**
 * @param {string} line method and path
 * @param {{ readonly body?: object, readonly token?: string }} [more]
 * @returns {Promise<Answer>}
 */
async function request(line, { body, token } = {}) {
  const [method = '', path = ''] = line.split(' ')
  const answer = await fetch(base + path, {
    method,
    credentials: 'omit', // the tour is about bearer tokens; cookies of a sign-in in the same browser must not count
    headers: {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** @param {string} step @param {string} line @param {Answer} answer */
function showResponse(step, line, { status, body }) {
  const tone = status < 400 ? 'good' : 'bad'
  const shown =
    body === undefined
      ? []
      : [make('pre', '', make('code', '', JSON.stringify(shorten(body), null, 2)))]
  for (const one of shown) one.tabIndex = 0
  const answer = make(
    'div',
    'answer',
    make('p', '', make('code', '', line), ' → ', make('strong', `code ${tone}`, String(status))),
    ...shown,
  )
  find(`#out-${step}`, HTMLElement).replaceChildren(answer)
}

/** Shortens long texts, which would hide the rest. @param {Record<string, unknown>} body */
function shorten(body) {
  const short = (/** @type {unknown} */ value) =>
    typeof value === 'string' && value.length > 72
      ? `${value.slice(0, 36)}…${value.slice(-12)}`
      : value
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, short(value)]))
}

/** @param {any} body */
function keep({ token, refresh_token: refresh }) {
  held = { token, refresh }
  const at = now()
  const { parts, header, claims } = read(token, at)
  const link = find('#to-debugger', HTMLAnchorElement)
  link.hash = `token=${token}`
  link.hidden = false
  find('#out-look', HTMLElement).replaceChildren(
    make('p', 'ends', 'It expires in ', make('strong', '', ''), '.'),
    colored(parts),
    table('Header', header ?? {}, at),
    table('Claims', claims ?? {}, at),
  )
  tick()
  for (const button of document.querySelectorAll('button[data-step]'))
    button.toggleAttribute('disabled', false)
}

function tick() {
  const out = document.querySelector('#out-look .ends strong')
  if (!out || !held) return
  const left = Number(read(held.token, now()).claims?.['exp']) - now()
  out.textContent = left > 0 ? span(left) : '0 s: it has expired'
}

function forged() {
  const [head = '', , tail = ''] = (held?.token ?? '').split('.')
  const claims = {
    ...read(held?.token ?? '', now()).claims,
    username: 'another-user',
    roles: ['admin'],
  }
  const bytes = new TextEncoder().encode(JSON.stringify(claims))
  const body = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
  return `${head}.${body}.${tail}`
}

/** Signs out, and calls the guarded route until it rejects the token. */
async function die() {
  if (!held || watching) return
  watching = true
  const { token, refresh } = held
  const out = find('#out-die', HTMLElement)
  const lines = make('ol', 'watch')
  out.replaceChildren(lines)
  const began = performance.now()
  const line = (
    /** @type {string} */ what,
    /** @type {number} */ status,
    /** @type {string} */ says,
  ) =>
    lines.append(
      make(
        'li',
        '',
        make('span', 'quietly', `${((performance.now() - began) / 1000).toFixed(2)} s`),
        make('code', '', what),
        make('strong', `code ${status < 400 ? 'good' : 'bad'}`, String(status)),
        make('span', '', says),
      ),
    )
  const ended = await request('POST /logout', { token })
  line('POST /logout', ended.status, 'The session has ended.')
  const again = await request('POST /refresh', { body: { refresh_token: refresh } })
  line('POST /refresh', again.status, again.body?.message ?? '')
  for (;;) {
    const { status, body } = await request('GET /protected', { token })
    line('GET /protected', status, body?.message ?? '')
    if (status >= 400 || lines.childElementCount > 40) break
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  watching = false
  held = undefined
  for (const button of document.querySelectorAll('button[data-step]:not([data-step="login"])'))
    button.toggleAttribute('disabled', true)
}

/** @type {Readonly<Record<string, () => Promise<void>>>} */
const steps = {
  async login() {
    const username = find('#tour-username', HTMLInputElement).value
    const password = find('#tour-password', HTMLInputElement).value
    const answer = await request('POST /login', { body: { username, password } })
    showResponse('login', 'POST /login', answer)
    if (answer.status === 200) keep(answer.body)
  },
  async call() {
    showResponse(
      'call',
      'GET /protected',
      await request('GET /protected', { token: held?.token ?? '' }),
    )
  },
  async without() {
    showResponse('call', 'GET /protected, without a token', await request('GET /protected'))
  },
  async forge() {
    showResponse(
      'call',
      'GET /protected, with other claims and the old signature',
      await request('GET /protected', { token: forged() }),
    )
  },
  async refresh() {
    const answer = await request('POST /refresh', { body: { refresh_token: held?.refresh } })
    showResponse('refresh', 'POST /refresh', answer)
    if (answer.status === 200) keep(answer.body)
  },
  die,
}

removeScriptlessNotes()
find('#tour-login', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault())
document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button[data-step]') : null
  const step = steps[button?.getAttribute('data-step') ?? '']
  if (step) void step()
})
find('button[data-step="login"]', HTMLButtonElement).disabled = false
setInterval(tick, 1000)
