import { el } from './dom.js'
import { readDiff } from './source.js'
import { lang, tell } from './words.js'

/** Unchanged lines that are kept beside a change. */
const around = 3

/** Any step against any other, file by file. */
export function showDiff(frame, { steps }) {
  let [from, to] = [0, 1]
  let split = matchMedia('(min-width: 70rem)').matches
  let shown = ''
  const select = (id, onchange) =>
    el(
      'select',
      { id, onchange },
      steps.map(({ step, name }) =>
        el('option', { value: step }, `${step} ${name[lang]}`),
      ),
    )
  const lead = select('from', () => go(Number(lead.value), to))
  const follow = select('to', () => go(from, Number(follow.value)))
  const mode = el('button', {
    onclick() {
      split = !split
      shown = ''
      load([])
    },
  })
  const swap = el(
    'button',
    { onclick: () => go(to, from) },
    `⇄ ${tell('swap')}`,
  )
  const files = el('div', { class: 'files' })
  frame.append(
    el(
      'header',
      { class: 'lead' },
      el('h1', {}, tell('diffTitle')),
      el('p', {}, tell('diffLead')),
    ),
    el(
      'div',
      { class: 'actions' },
      el('label', { for: 'from' }, tell('from'), lead),
      el('label', { for: 'to' }, tell('to'), follow),
      swap,
      mode,
    ),
    files,
  )
  const go = (a, b) => {
    location.hash = `#/diff/${a}/${b}`
  }

  async function load(place) {
    const key = `${from} ${to} ${split}`
    lead.value = `${from}`
    follow.value = `${to}`
    mode.textContent = tell(split ? 'unified' : 'split')
    if (shown !== key) {
      shown = key
      const compared = await readDiff(from, to)
      if (shown !== key) return
      files.replaceChildren(
        drawSummary(compared),
        ...compared.map((one) => drawFile(one)),
      )
    }
    const [file, line] = place
    if (!file) return
    const found = files.querySelector(`[id="${CSS.escape(file)}"]`)
    if (!found) return
    found.open = true
    const mark =
      line && files.querySelector(`[id="${CSS.escape(`${file}/${line}`)}"]`)
    const folded = mark?.closest('.folded')
    if (folded) unfold(folded)
    for (const old of files.querySelectorAll('.marked')) {
      old.classList.remove('marked')
    }
    mark?.closest('tr').classList.add('marked')
    ;(mark ?? found).scrollIntoView({ block: mark ? 'center' : 'start' })
  }

  function drawSummary(compared) {
    const moved = compared.filter(({ state }) => state !== 'unchanged')
    return el(
      'nav',
      { class: 'summary', 'aria-label': tell('diffTitle') },
      moved.map(({ file, added, deleted }) =>
        el(
          'a',
          { href: `#/diff/${from}/${to}/${file}` },
          file,
          ' ',
          el('span', { class: 'plus' }, `+${added}`),
          ' ',
          el('span', { class: 'minus' }, `−${deleted}`),
        ),
      ),
    )
  }

  function drawFile({ file, state, added, deleted, lines }) {
    const head = el(
      'summary',
      {},
      el('span', { class: 'file' }, file),
      el('span', { class: `mark ${state}` }, tell(state)),
      ...(state === 'unchanged'
        ? []
        : [
            el('span', { class: 'plus' }, `+${added}`),
            el('span', { class: 'minus' }, `−${deleted}`),
          ]),
    )
    const body = el('div', {
      class: 'code',
      tabindex: '0',
      role: 'region',
      'aria-label': file,
    })
    const details = el(
      'details',
      { class: 'file-diff', id: file, open: state !== 'unchanged' },
      head,
      body,
    )
    const whole = state === 'unchanged'
    const draw = () => {
      if (body.firstChild) return
      body.append(drawLines(file, lines, whole))
    }
    // What is folded costs nothing until it is opened.
    if (details.open) draw()
    details.addEventListener('toggle', () => details.open && draw())
    return details
  }

  function drawLines(file, lines, whole) {
    const near = new Set()
    for (const [index, [sign]] of lines.entries()) {
      if (sign === ' ') continue
      for (let at = index - around; at <= index + around; at += 1) near.add(at)
    }
    const both =
      split &&
      lines.some(([sign]) => sign === '-') &&
      lines.some(([sign]) => sign !== '-')
    const rows = both ? pairUp(lines) : lines.map((line) => [line])
    const table = el('table', { class: both ? 'lines both' : 'lines' })
    let run = []
    let index = 0
    const flush = () => {
      if (run.length === 0) return
      const body = el('tbody', {}, run.map(draw))
      if (run.length > 4 && !whole) {
        body.className = 'folded'
        const button = el('button', {}, tell('folded', { count: run.length }))
        const fold = el(
          'tbody',
          { class: 'fold' },
          el('tr', {}, el('td', { colspan: both ? 4 : 3 }, button)),
        )
        button.addEventListener('click', () => unfold(body))
        table.append(fold)
      }
      table.append(body)
      run = []
    }
    const draw = (row) => (both ? drawPair(file, row) : drawLine(file, row[0]))
    let body
    for (const row of rows) {
      const kept =
        whole || row.some(([sign], at) => sign !== ' ' || near.has(index + at))
      index += row.length
      if (!kept) {
        body = undefined
        run.push(row)
        continue
      }
      flush()
      if (!body) {
        body = el('tbody')
        table.append(body)
      }
      body.append(draw(row))
    }
    flush()
    return table
  }

  function unfold(body) {
    body.classList.remove('folded')
    if (body.previousSibling?.className === 'fold')
      body.previousSibling.remove()
  }

  /** Lines that were replaced, beside what replaced them. */
  function pairUp(lines) {
    const rows = []
    let [out, into] = [[], []]
    const flush = () => {
      const height = Math.max(out.length, into.length)
      for (let at = 0; at < height; at += 1) {
        rows.push([out[at], into[at]].filter(Boolean))
      }
      ;[out, into] = [[], []]
    }
    for (const line of lines) {
      if (line[0] === '-') out.push(line)
      else if (line[0] === '+') into.push(line)
      else {
        flush()
        rows.push([line])
      }
    }
    flush()
    return rows
  }

  function drawLine(file, [sign, left, right, text]) {
    return el(
      'tr',
      { class: kinds[sign] },
      number(file, left, 'L'),
      number(file, right, 'R'),
      code(sign, text),
    )
  }

  function drawPair(file, row) {
    const left = row.find(([sign]) => sign !== '+')
    const right = row.find(([sign]) => sign !== '-')
    const side = (line, at, letter) =>
      line
        ? [
            number(file, line[at], letter, kinds[line[0]]),
            code(line[0], line[3], kinds[line[0]]),
          ]
        : [el('td', { class: 'number none' }), el('td', { class: 'none' })]
    return el('tr', {}, side(left, 1, 'L'), side(right, 2, 'R'))
  }

  function number(file, line, side, kind = '') {
    if (!line) return el('td', { class: `number ${kind}` })
    const id = `${file}/${side}${line}`
    return el(
      'td',
      { class: `number ${kind}`, id },
      el(
        'a',
        { href: `#/diff/${from}/${to}/${id}`, tabindex: '-1' },
        `${line}`,
      ),
    )
  }

  function code(sign, pieces, kind = '') {
    const words = pieces.map((piece) =>
      typeof piece === 'string'
        ? piece
        : el('span', { class: `is-${piece[1]}` }, piece[0]),
    )
    return el(
      'td',
      { class: `text ${kind}` },
      el('span', { class: 'sign' }, sign),
      words.length > 0 ? words : ' ',
    )
  }

  return {
    go([a, b, ...place]) {
      const known = (text, other) =>
        steps.find(({ step }) => `${step}` === text)?.step ?? other
      from = known(a, from)
      to = known(b, to)
      return load(place)
    },
  }
}

const kinds = { '+': 'add', '-': 'del', ' ': 'same' }
