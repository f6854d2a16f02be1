// The tour of a development server: five steps, each a request that the page sends, with its response.
import { colored, find, make, now, removeScriptlessNotes } from './dom.js'
import { read } from './token.js'
import { table } from './token-view.js'
import { span } from './format.js'
import { t } from './translate.js'

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

/** @param {string} step @param {string} line @param {Answer} answer @param {string} [note] how the request differs */
function showResponse(step, line, { status, body }, note) {
  const tone = status < 400 ? 'good' : 'bad'
  const shown =
    body === undefined
      ? []
      : [make('pre', '', make('code', '', JSON.stringify(shorten(body), null, 2)))]
  for (const one of shown) one.tabIndex = 0
  const answer = make(
    'div',
    'answer',
    make(
      'p',
      '',
      make('code', '', line),
      note === undefined ? '' : `, ${note}`,
      ' → ',
      make('strong', `code ${tone}`, String(status)),
    ),
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
    make('p', 'ends'),
    colored(parts),
    table('Header', header ?? {}, at),
    table('Claims', claims ?? {}, at),
  )
  tick()
  setReady(true)
}

/** Enables the buttons that need a token, or shows why they are disabled. @param {boolean} isSignedIn */
function setReady(isSignedIn) {
  for (const button of document.querySelectorAll('button[data-step]:not([data-step="login"])'))
    button.toggleAttribute('disabled', !isSignedIn)
  for (const hint of document.querySelectorAll('.waiting'))
    hint.toggleAttribute('hidden', isSignedIn)
}

function tick() {
  const out = document.querySelector('#out-look .ends')
  if (!out || !held) return
  const left = Number(read(held.token, now()).claims?.['exp']) - now()
  out.textContent = t('Time left: {span}', {
    span: left > 0 ? span(left) : t('none, it has expired'),
  })
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

/** Renders the message of an answer, which is in English. @param {Answer} answer */
function messageOf({ body }) {
  const message = make('span', '', body?.message ?? '')
  message.lang = 'en'
  return message
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
    /** @type {HTMLElement} */ says,
  ) =>
    lines.append(
      make(
        'li',
        '',
        make('span', 'quietly', `${((performance.now() - began) / 1000).toFixed(2)} s`),
        make('code', '', what),
        make('strong', `code ${status < 400 ? 'good' : 'bad'}`, String(status)),
        says,
      ),
    )
  const ended = await request('POST /logout', { token })
  line('POST /logout', ended.status, make('span', '', t('The session has ended.')))
  const again = await request('POST /refresh', { body: { refresh_token: refresh } })
  line('POST /refresh', again.status, messageOf(again))
  for (;;) {
    const answer = await request('GET /protected', { token })
    line('GET /protected', answer.status, messageOf(answer))
    if (answer.status >= 400 || lines.childElementCount > 40) break
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  watching = false
  held = undefined
  setReady(false)
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
    showResponse('call', 'GET /protected', await request('GET /protected'), t('without a token'))
  },
  async forge() {
    showResponse(
      'call',
      'GET /protected',
      await request('GET /protected', { token: forged() }),
      t('with other claims and the old signature'),
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
setReady(false)
setInterval(tick, 1000)
