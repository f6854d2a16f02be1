// The API reference: finds routes while text is typed, and on a development server sends requests.
import { find, make } from './dom.js'

const field = find('#find-route', HTMLInputElement)
const nothing = find('#no-route', HTMLElement)

/** Shows only the routes whose section has the text. */
function filter() {
  const text = field.value.trim().toLowerCase()
  let shown = 0
  for (const entry of document.querySelectorAll('[data-route]')) {
    if (!(entry instanceof HTMLElement)) continue
    const section = document.getElementById(entry.dataset['route'] ?? '')
    const words = `${section?.querySelector('h2')?.textContent} ${section?.querySelector('p')?.textContent}`
    const matches = words.toLowerCase().includes(text)
    entry.hidden = !matches
    if (section) section.hidden = !matches
    if (matches) shown++
  }
  nothing.hidden = shown > 0
}

/** Sends the request of a form, and shows its response.
 * @param {HTMLElement} trial
 * @param {HTMLFormElement} form
 */
async function send(trial, form) {
  const typed = new FormData(form)
  const [path, token, body] = ['path', 'token', 'body'].map((name) => typed.get(name))
  const isForm = trial.dataset['form'] === 'yes'
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  const content = isForm && body ? new URLSearchParams(JSON.parse(String(body))) : body
  const answer = await fetch(String(path), {
    method: trial.dataset['method'] ?? 'GET',
    credentials: 'omit', // as a program sends it: the cookies of this browser must not count
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(content ? { 'content-type': type } : {}),
    },
    ...(content ? { body: String(content) } : {}),
  })
  const text = await answer.text()
  const shown = make('pre', 'wrap', make('code', '', indent(text)))
  shown.tabIndex = 0
  return [
    make('p', '', make('strong', '', `${answer.status} ${answer.statusText}`)),
    ...(text === '' ? [] : [shown]),
  ]
}

/** @param {string} text */
function indent(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text.slice(0, 10_000)
  }
}

find('#find', HTMLElement).hidden = false
field.addEventListener('input', filter)
for (const trial of document.querySelectorAll('.trial')) {
  const form = trial.querySelector('form')
  const out = trial.querySelector('.out')
  if (!(trial instanceof HTMLElement) || !form || !out) continue
  trial.hidden = false
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    send(trial, form).then(
      (nodes) => out.replaceChildren(...nodes),
      (error) => out.replaceChildren(make('p', 'fault', String(error))),
    )
  })
}
