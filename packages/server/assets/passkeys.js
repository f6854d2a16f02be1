// Forms with `data-passkey` send what the browser's WebAuthn call returns, in their hidden field `passkey`. `data-passkey` is `create` or `get`, with
// the options of the server in `data-options`, or `sign-in`, whose options are requested when the page opens. Without WebAuthn they stay hidden.

/** @typedef {'create' | 'get' | 'sign-in'} Kind */

/** @type {AbortController | undefined} */
let waiting

/** Makes a passkey, or signs with one, and returns it as the server reads it.
 * @param {Kind} kind
 * @param {any} options
 * @param {CredentialMediationRequirement} [mediation]
 */
async function ask(kind, options, mediation) {
  waiting?.abort()
  waiting = new AbortController()
  const { signal } = waiting
  const credential = await (kind === 'create'
    ? navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
        signal,
      })
    : navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
        signal,
        ...(mediation && { mediation }),
      }))
  if (!(credential instanceof PublicKeyCredential)) throw new Error('no passkey')
  return JSON.stringify(credential.toJSON())
}

/** Returns the options of a form: those of the page, or new ones for a sign-in.
 * @param {HTMLFormElement} form
 */
async function optionsOf(form) {
  const { options, from } = form.dataset
  if (from === undefined) return JSON.parse(options ?? '')
  const response = await fetch(from, { method: 'POST' })
  if (!response.ok) throw new Error(`options: ${response.status}`)
  return response.json()
}

/** Asks for a passkey, and submits the form with it.
 * @param {HTMLFormElement} form
 * @param {CredentialMediationRequirement} [mediation]
 */
async function submitWithPasskey(form, mediation) {
  const kind = /** @type {Kind} */ (form.dataset['passkey'])
  const field = form.elements.namedItem('passkey')
  if (!(field instanceof HTMLInputElement)) return
  field.value = await ask(kind, await optionsOf(form), mediation)
  form.submit()
}

/** @param {HTMLFormElement} form */
function prepare(form) {
  form.hidden = false
  const fault = document.createElement('p')
  fault.className = 'fault'
  fault.setAttribute('role', 'alert')
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    fault.remove() // put back, it is announced again
    submitWithPasskey(form).catch(() => {
      fault.textContent = form.dataset['fault'] ?? ''
      form.prepend(fault)
    })
  })
}

/** Offers passkeys in the list of names that the browser fills in, where it can.
 * @param {HTMLFormElement} form
 */
async function offer(form) {
  if (await PublicKeyCredential.isConditionalMediationAvailable?.())
    await submitWithPasskey(form, 'conditional')
}

const forms = [...document.querySelectorAll('form[data-passkey]')]
if ('PublicKeyCredential' in globalThis && 'parseRequestOptionsFromJSON' in PublicKeyCredential)
  for (const form of forms) {
    if (!(form instanceof HTMLFormElement)) continue
    prepare(form)
    if (form.dataset['passkey'] === 'sign-in') offer(form).catch(() => undefined) // nothing was asked of the visitor
  }
