// The little that all scripts need of the page. Text is only ever put in as text.

/**
 * The one element of a selector, of a class that the caller knows from the page.
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

/** The clock of this machine, in seconds. */
export function now() {
  return Math.floor(Date.now() / 1000)
}

/**
 * A token in its three parts, each in its colour.
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

/** Takes away what is said to who has no script: browsers that know no `scripting` in style sheets show it until then. */
export function begin() {
  for (const one of document.querySelectorAll('.scriptless')) one.remove()
}
