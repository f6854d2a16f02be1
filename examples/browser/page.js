import { createSession } from '@countersign/client'

const session = createSession({ url: location.origin, mode: 'cookie' })
const [signIn, why, main, who, list, add, signOut] = [
  'sign-in',
  'why',
  'notes',
  'who',
  'list',
  'add',
  'sign-out',
].map((id) => document.getElementById(id))

const reasons = {
  expired: 'Your session has expired.',
  ended: 'You were signed out on another device.',
  reused: 'Your session was ended, because somebody may have copied it.',
}

/** Shows what there is to see for whoever is here now. */
async function show(state) {
  signIn.hidden = state.status !== 'signed_out'
  main.hidden = state.status !== 'signed_in'
  why.textContent = reasons[state.reason] ?? ''
  if (state.status !== 'signed_in') return
  who.textContent = (await session.call('GET /me')).username
  await showNotes(await session.fetch('/api/notes'))
}

async function showNotes(answer) {
  const items = (await answer.json()).map((note) => {
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
    why.textContent = error.message // the server's own sentence, such as "Invalid credentials"
  }
})

add.addEventListener('submit', async (event) => {
  event.preventDefault()
  const body = new FormData(add).get('note')
  await showNotes(await session.fetch('/api/notes', { method: 'POST', body }))
  add.reset()
})

signOut.addEventListener('click', () => session.signOut())
session.subscribe(show)
await session.restore()
