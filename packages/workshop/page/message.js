import { el } from './dom.js'
import { tell } from './words.js'

/** A request and its answer, as they passed. */
export function drawExchange({ sent, received, failure }) {
  return el(
    'div',
    { class: 'exchange' },
    drawMessage(tell('sent'), sent),
    drawMessage(tell('received'), received || failure || ''),
  )
}

/** One HTTP message, character for character, with its parts told apart. */
function drawMessage(title, text) {
  const head = text.split(/\r?\n\r?\n/, 1)[0]
  const [start = '', ...headers] = head.split(/\r?\n/)
  const body = text.slice(head.length).replace(/^(\r?\n){2}/, '')
  const status = Number(/^HTTP\/[\d.]+ (\d+)/.exec(start)?.[1] ?? 0)
  const kind = status === 0 ? '' : status < 400 ? ' open' : ' shut'
  const lines = headers.flatMap((line) => {
    const at = line.indexOf(':')
    const name = line.slice(0, at)
    const told = /^(authorization|www-authenticate|origin|host|location)$/i
    const value = el(
      'span',
      { class: told.test(name) ? 'value told' : 'value' },
      line.slice(at),
    )
    return ['\n', el('span', { class: 'name' }, name), value]
  })
  return el(
    'section',
    { class: 'message' },
    el('h4', {}, title),
    el(
      'pre',
      { tabindex: '0' },
      text === ''
        ? el('span', { class: 'value' }, tell('noAnswer'))
        : el('span', { class: `start${kind}` }, start),
      ...lines,
      body ? el('span', { class: 'body' }, `\n\n${shorten(body)}`) : undefined,
    ),
  )
}

/** Characters of a body that are drawn at once. */
const most = 6000

function shorten(text) {
  if (text.length <= most) return text
  return `${text.slice(0, most)}\n… ${tell('more', { count: text.length - most })}`
}

/** What a token says, decoded here; its signature never came. */
export function drawClaims(parts) {
  const [head, body] = parts.split('.').map((part) => {
    const bytes = Uint8Array.from(
      atob(part.replaceAll('-', '+').replaceAll('_', '/')),
      (char) => char.charCodeAt(0),
    )
    return JSON.parse(new TextDecoder().decode(bytes))
  })
  const rows = [
    ...Object.entries(head).map((entry) => [...entry, 'head']),
    ...Object.entries(body),
  ]
  return el(
    'section',
    { class: 'claims' },
    el('h4', {}, tell('claims')),
    el(
      'dl',
      {},
      rows.map(([name, value, kind = '']) =>
        el(
          'div',
          { class: kind },
          el('dt', {}, name),
          el('dd', {}, showClaim(name, value)),
        ),
      ),
    ),
    el('p', { class: 'note' }, tell('claimsNote')),
  )
}

function showClaim(name, value) {
  if (['exp', 'iat', 'nbf', 'auth_time'].includes(name)) {
    return `${value} (${new Date(value * 1000).toLocaleTimeString()})`
  }
  return typeof value === 'string' ? value : JSON.stringify(value)
}
