import { html, type Html } from './html.ts'

/** The mark of Countersign: one signature, and the second one that confirms it. */
export const mark: Html = html`<svg
  class="mark"
  viewBox="0 0 32 32"
  width="28"
  height="28"
  aria-hidden="true"
  focusable="false"
>
  <rect width="32" height="32" rx="7"></rect>
  <path class="first" d="M6.5 15.5l4.5 4.5L19 9.5"></path>
  <path class="second" d="M15 18.2l1.8 1.8L25.5 9.5"></path>
  <path class="line" d="M7 25h18"></path>
</svg>`

const paths = {
  check: 'M4.5 12.5l5 5 10-11',
  alert: 'M12 4.5L3 20h18zM12 10v4.5M12 17.4v.1',
  device: 'M4 5.5h16v10H4zM9 19.5h6M12 15.5v4',
  phone: 'M8 3.5h8v17H8zM11 17.6h2',
  key: 'M14.5 9.5a4 4 0 1 0-3.4 3.95l1.4 1.55h2v2h2v2h3v-2.6l-5-5',
  door: 'M14 4.5H6v15h8M10.5 12H20M16.5 8.5L20 12l-3.5 3.5',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5',
  mail: 'M3.5 6h17v12.5h-17zM3.5 6.5l8.5 7 8.5-7',
  eye: 'M2.5 12s3.5-6 9.5-6 9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6M12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5',
  bin: 'M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7',
} as const

/** The name of an icon. */
export type IconName = keyof typeof paths

/** Renders an icon. Screen readers skip it: the text beside it says the same. */
export function icon(name: IconName): Html {
  return html`<svg
    class="icon"
    viewBox="0 0 24 24"
    width="20"
    height="20"
    aria-hidden="true"
    focusable="false"
  >
    <path d="${paths[name]}"></path>
  </svg>`
}
