// The token debugger: it decodes what is pasted. The page is served with connect-src 'none', so this script could not send it anywhere.
import { colored, find, make, now, removeScriptlessNotes } from './dom.js'
import { checkSignature } from './signature.js'
import { read, tidy } from './token.js'
import { list, table } from './token-view.js'
import { t } from './translate.js'

const input = find('#debugger-token', HTMLTextAreaElement)
const keys = find('#debugger-keys', HTMLTextAreaElement)
const verdict = find('#verdict', HTMLElement)
const details = find('#details', HTMLElement)
let latestRun = 0

async function show() {
  const run = ++latestRun
  const token = tidy(input.value)
  if (token === '') {
    verdict.replaceChildren(make('p', '', t('Paste a token to see it explained here.')))
    details.replaceChildren()
    return
  }
  const at = now()
  const { parts, header, claims, checks } = read(token, at)
  const signature =
    header && claims
      ? { name: /** @type {const} */ ('Signature'), ...(await checkSignature(token, keys.value)) }
      : undefined
  if (run !== latestRun) return // the input has changed meanwhile
  const all = signature ? [...checks, signature] : checks
  const faults = all.filter((one) => one.verdict === 'bad')
  const unproven = signature?.verdict !== 'good'
  const says =
    faults.length > 0
      ? t('A verifier would reject it: {faults}.', {
          faults: faults.map(({ name }) => t(name)).join(', '),
        })
      : unproven
        ? t('No errors found, but the signature was not verified: do not trust its contents yet.')
        : t('Signed with this key. No errors found.')
  const tone = faults.length > 0 ? 'bad' : unproven ? 'note' : 'good'
  verdict.replaceChildren(make('p', `banner ${tone}`, says))
  details.replaceChildren(
    ...(parts.length === 3 ? [colored(parts)] : []),
    list(all),
    ...(header ? [table('Header', header, at)] : []),
    ...(claims ? [table('Claims', claims, at)] : []),
  )
}

removeScriptlessNotes()
input.addEventListener('input', show)
keys.addEventListener('input', show)
const brought = new URLSearchParams(location.hash.slice(1)).get('token')
if (brought !== null) {
  // The fragment is never sent to a server; it is also removed from the address bar.
  history.replaceState(null, '', location.pathname)
  input.value = brought
}
void show()
