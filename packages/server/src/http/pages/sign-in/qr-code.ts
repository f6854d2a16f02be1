import { encode } from 'uqr'
import type { Secret } from '../../../domain/kernel/secret.ts'
import { html, type Html } from '../html.ts'

const quietZone = 4 // squares of white around it, which readers need (ISO/IEC 18004, section 6.3.8)

/** Renders a secret as a QR code, dark on white in every theme: readers expect it so. It needs no script and no style. */
export function qrCode(secret: Secret, label: string): Html {
  const { data, size } = encode(secret.reveal(), { ecc: 'M', border: quietZone })
  const squares = data.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])),
  )
  return html`<svg
    class="qr"
    viewBox="0 0 ${size} ${size}"
    width="240"
    height="240"
    role="img"
    aria-label="${label}"
    shape-rendering="crispEdges"
  >
    <path fill="#fff" d="M0 0h${size}v${size}h-${size}z"></path>
    <path fill="#000" d="${squares.join('')}"></path>
  </svg>`
}
