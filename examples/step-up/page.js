import { createSession } from '@countersign/client'

const find = (selector) => document.querySelector(selector)
const dialog = find('dialog')
const proof = find('#proof')
const password = 'password' // of the user of development; an application asks for it
const show = (text) => (find('#message').textContent = text)

/** Asks for a code or a passkey. Returns the proof, or `undefined` if the user cancels. */
async function askForProof(question) {
  find('#question').textContent = question
  proof.reset()
  dialog.returnValue = ''
  dialog.showModal()
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }))
  if (dialog.returnValue === 'passkey') return { passkey: true }
  if (dialog.returnValue !== 'send') return undefined
  return { code: new FormData(proof).get('code') }
}

// The API says what it requires, and session.fetch asks here. The request is then sent again.
const session = createSession({
  url: location.origin,
  mode: 'cookie',
  onStepUp: ({ failure }) =>
    askForProof(
      failure?.message ?? 'Enter the code of your authenticator application, or use a passkey',
    ),
})

/** Runs what a form does, and shows the message of a failure. */
function onSubmit(selector, work) {
  const form = find(selector)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    show('')
    await work(Object.fromEntries(new FormData(form))).catch((error) => show(error.message))
  })
}

onSubmit('#sign-in', async (credentials) => {
  const result = await session.signIn(credentials)
  if (result.status !== 'factor_required') return
  for (let failure; ;) {
    const factor = await askForProof(
      failure?.message ?? 'Enter the code to sign in, or use a passkey',
    )
    if (!factor) return
    failure = await result.finish(factor).catch((error) => error)
    if (!failure) return
    if (failure.code !== 'factor_wrong' && failure.code !== 'passkey_not_used') throw failure
  }
})

onSubmit('#enrol', async (body) => {
  await session.call('POST /me/factors/totp/confirm', { body })
  find('#enrol').hidden = true
  show('The application was added')
})

find('#add-passkey').addEventListener('click', async () => {
  try {
    await session.addPasskey({ name: 'This device', currentPassword: password })
    find('#enrol').hidden = true
    show('The passkey was added')
  } catch (error) {
    show(error.message)
  }
})

onSubmit('#transfer', async ({ amount }) => {
  const request = { method: 'POST', body: amount, headers: { 'content-type': 'text/plain' } }
  const response = await session.fetch('/api/transfers', request)
  const answer = await response.json()
  show(response.ok ? `Transferred ${answer.transferred}` : answer.message)
})

find('#sign-out').addEventListener('click', () => session.signOut())

/** Shows the sign-in form or the transfers, depending on the state of the session. */
async function render({ status }) {
  find('#sign-in').hidden = status !== 'signed_out'
  find('main').hidden = status !== 'signed_in'
  if (status !== 'signed_in') return
  const { totp, passkeys } = await session.call('GET /me/factors')
  const hasFactor = totp || passkeys.length > 0
  find('#enrol').hidden = hasFactor
  if (hasFactor) return
  const body = { current_password: password }
  find('#secret').textContent = (await session.call('POST /me/factors/totp', { body })).secret
}

session.subscribe(render)
await session.restore()
