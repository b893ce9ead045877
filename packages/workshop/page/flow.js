import { el, tellDate } from './dom.js'
import { drawClaims, drawExchange } from './message.js'
import { isLive, listen, readRecorded, recordedAt } from './source.js'
import { lang, tell } from './words.js'

const parties = ['person', 'client', 'server', 'issuer']
/** What passed in this visit, kept from panel to panel. */
let messages = []

/** The sign-in as it passed: four parties, and an arrow for each message. */
export async function showFlow(frame) {
  const ending = new AbortController()
  let chosen = 0
  const status = el('p', { class: 'note', role: 'status' })
  const rows = el('ol', { class: 'arrows' })
  const detail = el('section', {
    class: 'detail',
    'aria-label': tell('exchange'),
  })
  const begin = el(
    'button',
    { class: 'primary', onclick: run },
    tell('flowRun'),
  )
  frame.append(
    el(
      'header',
      { class: 'lead' },
      el('h1', {}, tell('flowTitle')),
      el('p', {}, tell('flowLead')),
    ),
    el(
      'div',
      { class: 'actions' },
      isLive()
        ? begin
        : el(
            'p',
            { class: 'note' },
            tell('recordedNote', { date: tellDate(recordedAt(), lang) }),
          ),
      status,
    ),
    el(
      'div',
      { class: 'pair' },
      el(
        'div',
        { class: 'sequence' },
        el(
          'div',
          { class: 'parties' },
          parties.map((name) => el('span', {}, tell(name))),
        ),
        rows,
      ),
      detail,
    ),
  )
  if (!isLive()) messages = (await readRecorded('flow')).messages
  draw()

  async function run() {
    begin.disabled = true
    messages = []
    chosen = 0
    draw()
    status.textContent = tell('flowStarting')
    try {
      await listen(
        'flow',
        (message) => {
          status.textContent = ''
          messages.push(message)
          draw()
        },
        ending.signal,
      )
    } catch (error) {
      status.textContent = tell('failed', { error: error.message })
    }
    begin.disabled = false
  }

  function draw() {
    rows.replaceChildren(...messages.map(drawArrow))
    const message = messages[chosen]
    if (!message) {
      detail.replaceChildren(el('p', { class: 'note' }, tell('notRun')))
      return
    }
    detail.replaceChildren(
      el(
        'div',
        { class: 'title' },
        el(
          'div',
          {},
          el(
            'p',
            { class: 'eyebrow' },
            `${chosen + 1}. ${tell(message.from)} → ${tell(message.to)}`,
          ),
          el('h2', {}, message.title[lang]),
        ),
        el('span', { class: `badge ${kindOf(message)}` }, message.answer),
      ),
      drawExchange(message),
      ...message.claims.map(drawClaims),
    )
  }

  function drawArrow(message, index) {
    const [a, b] = [message.from, message.to].map((name) =>
      parties.indexOf(name),
    )
    const button = el(
      'button',
      {
        class: a < b ? 'arrow right' : 'arrow left',
        'aria-pressed': index === chosen,
        onclick: () => {
          location.hash = `#/flow/${index + 1}`
        },
      },
      el('span', { class: 'label' }, `${index + 1}. ${message.title[lang]}`),
      el('span', { class: `answer ${kindOf(message)}` }, message.answer),
    )
    const row = el('li', {}, button)
    // Lifelines run through the middle of each of the columns.
    button.style.gridColumn = `${2 * Math.min(a, b) + 2} / ${2 * Math.max(a, b) + 2}`
    return row
  }

  return {
    go([number]) {
      const index = Number(number) - 1
      if (index >= 0) chosen = index
      const last = document.activeElement?.closest('.arrow') ? index : -1
      draw()
      if (index >= 0) rows.children[index]?.scrollIntoView({ block: 'nearest' })
      rows.children[last]?.firstChild.focus()
    },
    leave: () => ending.abort(),
  }
}

function kindOf({ answer }) {
  const status = Number(answer)
  if (status >= 400) return 'breached'
  return status >= 300 ? 'pending' : 'held'
}
