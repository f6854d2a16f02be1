// DOM helpers of all scripts. Text is only ever inserted as text, never as HTML.

/** Returns the element of a selector, which must be of the given class.
 * @template {Element} E
 * @param {string} selector
 * @param {new () => E} kind
 * @param {ParentNode} [page] another document, where it is not this one
 * @returns {E}
 */
export function find(selector, kind, page = document) {
  const found = page.querySelector(selector)
  if (!(found instanceof kind)) throw new Error(`the page has no ${selector}`)
  return found
}

/**
 * Makes an element.
 * @param {string} name
 * @param {string} className
 * @param {...(Node | string)} children
 */
export function make(name, className, ...children) {
  const made = document.createElement(name)
  if (className !== '') made.className = className
  made.append(...children)
  return made
}

/** Returns the current time in seconds. */
export function now() {
  return Math.floor(Date.now() / 1000)
}

/** Renders a token with its three parts in different colours.
 * @param {readonly string[]} parts
 */
export function colored(parts) {
  const names = ['part-header', 'part-claims', 'part-signature']
  const pieces = parts.flatMap((part, at) => [
    ...(at === 0 ? [] : ['.']),
    make('span', names[at] ?? '', part),
  ])
  return make('code', 'token', ...pieces)
}

/** Removes the notes for browsers without JavaScript: browsers without the `scripting` media feature show them until then. */
export function removeScriptlessNotes() {
  for (const one of document.querySelectorAll('.scriptless')) one.remove()
}
