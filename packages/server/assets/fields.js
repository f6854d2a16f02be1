// The script for the fields of every page: shows a password, says how strong a new one is, and copies a text.

/** Shows or hides the password beside a button. @param {HTMLElement} button */
function reveal(button) {
  const field = button.parentElement?.querySelector('input')
  if (!field) return
  const shown = field.type === 'text'
  field.type = shown ? 'password' : 'text'
  button.classList.toggle('revealing', !shown)
  const label = button.getAttribute('aria-label') ?? ''
  button.setAttribute('aria-label', button.dataset['other'] ?? label)
  button.dataset['other'] = label
  field.focus()
}

/** Copies the text before a button. @param {HTMLElement} button */
async function copy(button) {
  const text = button.parentElement?.querySelector('code')?.textContent ?? ''
  await navigator.clipboard.writeText(text)
  const label = button.textContent
  button.textContent = button.dataset['done'] ?? label
  setTimeout(() => {
    button.textContent = label
  }, 2000)
}

/** Returns which hint a new password gets. The server judges it; this only helps to choose.
 * @param {string} password
 * @param {number} minLength
 */
function strengthOf(password, minLength) {
  const length = [...password].length
  if (length < minLength) return 'short'
  if (new Set(password).size < 6) return 'uniform'
  return length < minLength + 6 ? 'fair' : 'good'
}

/** @param {HTMLElement} box */
function hint(box) {
  const field = box.querySelector('input')
  const out = box.querySelector('.strength')
  const minLength = Number(box.dataset['min'])
  if (!field || !(out instanceof HTMLElement)) return
  field.addEventListener('input', () => {
    const strength = strengthOf(field.value, minLength)
    out.dataset['strength'] = strength
    const missing = minLength - [...field.value].length
    const text = (out.dataset[strength] ?? '').replace('{count}', String(missing))
    out.textContent = field.value === '' ? '' : text
  })
}

for (const button of document.querySelectorAll('button[data-reveal]')) {
  if (!(button instanceof HTMLElement)) continue
  button.hidden = false
  button.addEventListener('click', () => reveal(button))
}
for (const button of document.querySelectorAll('button[data-copy]')) {
  if (!(button instanceof HTMLElement) || !navigator.clipboard) continue // browsers have it on https and on localhost only
  button.hidden = false
  button.addEventListener('click', () => void copy(button))
}
for (const box of document.querySelectorAll('.new-password'))
  if (box instanceof HTMLElement) hint(box)
