import { createSession } from '@countersign/client'

const session = createSession({ url: location.origin, mode: 'cookie' })
const [signIn, message, main, username, list, add, signOut] = [
  'sign-in',
  'message',
  'notes',
  'username',
  'list',
  'add',
  'sign-out',
].map((id) => document.getElementById(id))

const messages = {
  expired: 'Your session has expired.',
  ended: 'You were signed out on another device.',
  reused: 'Your session was ended, because it may have been copied.',
}

/** Shows the sign-in form or the notes, depending on the state of the session. */
async function show(state) {
  signIn.hidden = state.status !== 'signed_out'
  main.hidden = state.status !== 'signed_in'
  message.textContent = messages[state.reason] ?? ''
  if (state.status !== 'signed_in') return
  username.textContent = (await session.call('GET /me')).username
  await showNotes(session.fetch('/api/notes'))
}

let latest

/** Shows the notes in a response, unless a later request was sent meanwhile: responses may arrive in another order. */
async function showNotes(request) {
  latest = request
  const notes = await (await request).json()
  if (latest !== request) return
  const items = notes.map((note) => {
    const item = document.createElement('li')
    item.textContent = note
    return item
  })
  list.replaceChildren(...items)
}

signIn.addEventListener('submit', async (event) => {
  event.preventDefault()
  try {
    await session.signIn(Object.fromEntries(new FormData(signIn)))
    signIn.reset()
  } catch (error) {
    message.textContent = error.message // the server's message, such as "Invalid credentials"
  }
})

add.addEventListener('submit', async (event) => {
  event.preventDefault()
  const body = new FormData(add).get('note')
  await showNotes(session.fetch('/api/notes', { method: 'POST', body }))
  add.reset()
})

signOut.addEventListener('click', () => session.signOut())
session.subscribe(show)
await session.restore()
