/**
 * An element with properties and children. A string becomes text and never
 * markup, whoever it comes from.
 */
export function el(tag, properties = {}, ...children) {
  const svg = ['svg', 'g', 'rect', 'line', 'text', 'path', 'title'].includes(
    tag,
  )
  const node = svg
    ? document.createElementNS('http://www.w3.org/2000/svg', tag)
    : document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    // In ARIA `false` is a value of its own, and `true` is written out.
    const spoken = name.startsWith('aria-') && typeof value === 'boolean'
    if (spoken) node.setAttribute(name, `${value}`)
    else if (value === undefined || value === false) continue
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else node.setAttribute(name, value === true ? '' : value)
  }
  node.append(...children.flat().filter((child) => child !== undefined))
  return node
}

/** A sentence in which what stands in backticks is code. */
export function prose(text) {
  return text
    .split('`')
    .map((part, index) => (index % 2 ? el('code', {}, part) : part))
}

/** Lets the arrow keys walk over the buttons of a table. */
export function walk(table) {
  const moves = {
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
  }
  table.addEventListener('keydown', (event) => {
    const move = moves[event.key]
    const button = event.target.closest('button[data-row]')
    if (!move || !button) return
    const row = Number(button.dataset.row) + move[0]
    const column = Number(button.dataset.column) + move[1]
    const next = table.querySelector(
      `button[data-row="${row}"][data-column="${column}"]`,
    )
    if (!next) return
    event.preventDefault()
    next.focus()
  })
}

/** A date as the reader writes it, in their time zone. */
export function tellDate(text, lang) {
  return new Date(text).toLocaleDateString(lang, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
  })
}
