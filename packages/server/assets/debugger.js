// The token debugger: what is pasted is taken apart here. The page is sent with connect-src 'none', so that it could send nothing anywhere
// even if this script wanted to.
import { begin, colored, find, make, now } from './dom.js'
import { checkSignature } from './signature.js'
import { read, tidy } from './token.js'
import { list, table } from './token-view.js'

const input = find('#debugger-token', HTMLTextAreaElement)
const keys = find('#debugger-keys', HTMLTextAreaElement)
const verdict = find('#verdict', HTMLElement)
const details = find('#details', HTMLElement)
let turn = 0

async function show() {
  const mine = ++turn
  const token = tidy(input.value)
  if (token === '') {
    verdict.replaceChildren(make('p', '', 'Paste a token, and it is explained here.'))
    details.replaceChildren()
    return
  }
  const at = now()
  const { parts, header, claims, checks } = read(token, at)
  const signature =
    header && claims
      ? { name: 'Signature', ...(await checkSignature(token, keys.value)) }
      : undefined
  if (mine !== turn) return // something else was typed meanwhile
  const all = signature ? [...checks, signature] : checks
  const faults = all.filter((one) => one.verdict === 'bad')
  const unproven = signature?.verdict !== 'good'
  const says =
    faults.length > 0
      ? `A verifier would refuse it: ${faults.map(({ name }) => name.toLowerCase()).join(', ')}.`
      : unproven
        ? 'Nothing stands against it, but its signature is not checked: believe nothing of it yet.'
        : 'Signed with this key, and nothing stands against it.'
  const tone = faults.length > 0 ? 'bad' : unproven ? 'note' : 'good'
  verdict.replaceChildren(make('p', `banner ${tone}`, says))
  details.replaceChildren(
    ...(parts.length === 3 ? [colored(parts)] : []),
    list(all),
    ...(header ? [table('Header', header, at)] : []),
    ...(claims ? [table('Claims', claims, at)] : []),
  )
}

begin()
input.addEventListener('input', show)
keys.addEventListener('input', show)
const brought = new URLSearchParams(location.hash.slice(1)).get('token')
if (brought !== null) {
  // What follows the # is sent to nobody; it shall not stay in the address either.
  history.replaceState(null, '', location.pathname)
  input.value = brought
}
void show()
