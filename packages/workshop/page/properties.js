import { el, prose, tellDate, walk } from './dom.js'
import { drawExchange } from './message.js'
import { isLive, listen, readRecorded, recordedAt } from './source.js'
import { lang, tell } from './words.js'

const signs = {
  holds: '✓',
  fails: '✗',
  'not-applicable': '–',
  promisedHolds: '✓',
  promisedFails: '✗',
}

/** What was found in this visit, kept from panel to panel. */
const found = new Map()

/** The properties and the steps, and what was found about each pair. */
export async function showProperties(frame, { steps, properties }) {
  const cells = new Map()
  const buttons = new Map()
  const ending = new AbortController()
  let chosen = { id: properties[0].id, step: 0 }
  if (!isLive()) {
    const { results } = await readRecorded('properties')
    for (const result of results)
      found.set(`${result.id} ${result.step}`, result)
  }
  const detail = el('section', {
    class: 'detail',
    'aria-live': 'polite',
    'aria-label': tell('evidence'),
  })
  const filter = el('input', {
    type: 'search',
    id: 'filter',
    autocomplete: 'off',
    oninput: () => sift(),
  })
  const table = drawTable()
  frame.append(
    el(
      'header',
      { class: 'lead' },
      el('h1', {}, tell('propertiesTitle')),
      el('p', {}, tell('propertiesLead')),
    ),
    el(
      'div',
      { class: 'actions' },
      el('label', { for: 'filter' }, tell('filter'), filter),
      isLive()
        ? steps.map(({ step }) => {
            const button = el(
              'button',
              { onclick: () => judge(step) },
              tell('runStep', { step }),
            )
            buttons.set(step, button)
            return button
          })
        : el(
            'p',
            { class: 'note' },
            tell('recordedNote', { date: tellDate(recordedAt(), lang) }),
          ),
    ),
    el('div', { class: 'pair' }, el('div', { class: 'board' }, table), detail),
  )
  draw()

  function drawTable() {
    const bodies = []
    let family = ''
    let row = 0
    for (const { id, claim } of properties) {
      const [name] = id.split('/')
      if (name !== family) {
        family = name
        bodies.push(
          el(
            'tbody',
            { 'data-family': name },
            el(
              'tr',
              { class: 'family' },
              el('th', { scope: 'rowgroup', colspan: steps.length + 1 }, name),
            ),
          ),
        )
      }
      const columns = steps.map(({ step }, column) => {
        const button = el('button', {
          class: 'cell small',
          'data-row': row,
          'data-column': column,
          onclick: () => choose(id, step),
        })
        cells.set(`${id} ${step}`, button)
        return el('td', {}, button)
      })
      row += 1
      bodies
        .at(-1)
        .append(
          el(
            'tr',
            { 'data-text': `${id} ${claim[lang]}`.toLowerCase() },
            el('th', { scope: 'row' }, prose(claim[lang]), el('small', {}, id)),
            columns,
          ),
        )
    }
    const head = el(
      'tr',
      {},
      el('th', { scope: 'col' }, tell('property')),
      steps.map(({ step, name }) =>
        el(
          'th',
          { scope: 'col' },
          el('span', { class: 'wide-only' }, tell('step', { step })),
          el('span', { class: 'narrow-only' }, `${step}`),
          el('small', {}, name[lang]),
        ),
      ),
    )
    const table = el(
      'table',
      { class: 'matrix' },
      el('thead', {}, head),
      bodies,
    )
    walk(table)
    return table
  }

  function stateOf(id, step) {
    const result = found.get(`${id} ${step}`)
    if (result) return result.verdict
    const { since } = properties.find((property) => property.id === id)
    return step >= since ? 'promisedHolds' : 'promisedFails'
  }

  function drawCell(id, step) {
    const button = cells.get(`${id} ${step}`)
    const state = stateOf(id, step)
    button.className = `cell small ${state}`
    button.setAttribute(
      'aria-pressed',
      id === chosen.id && step === chosen.step,
    )
    button.setAttribute(
      'aria-label',
      `${id}, ${tell('step', { step })}: ${tell(state)}`,
    )
    button.textContent = signs[state]
    button.title = tell(state)
  }

  function draw() {
    for (const { id } of properties) {
      for (const { step } of steps) drawCell(id, step)
    }
    drawDetail()
  }

  function drawDetail() {
    const { id, step } = chosen
    const { claim, source, owasp, level, since, advice } = properties.find(
      (property) => property.id === id,
    )
    const result = found.get(`${id} ${step}`)
    const state = stateOf(id, step)
    detail.replaceChildren(
      el(
        'div',
        { class: 'title' },
        el(
          'div',
          {},
          el('p', { class: 'eyebrow' }, `${tell('step', { step })} · ${id}`),
          el('h2', {}, prose(claim[lang])),
        ),
        el(
          'span',
          { class: `badge ${state}` },
          `${signs[state]} ${tell(state)}`,
        ),
      ),
      el(
        'p',
        { class: 'promise' },
        [level.toUpperCase(), tell('since', { step: since }), ...owasp].join(
          ' · ',
        ),
      ),
      ...(result?.why
        ? [el('h3', {}, tell('why')), el('p', { lang: 'en' }, result.why)]
        : []),
      el('h3', {}, tell('advice')),
      el('p', {}, prose(advice[lang])),
      ...(source.length > 0
        ? [
            el('h3', {}, tell('source')),
            el(
              'ul',
              { class: 'sources' },
              source.map((href) =>
                el(
                  'li',
                  {},
                  el(
                    'a',
                    { href, rel: 'noreferrer noopener', target: '_blank' },
                    href.replace('https://', ''),
                  ),
                ),
              ),
            ),
          ]
        : []),
      el('h3', {}, tell('evidence')),
      ...(result
        ? result.evidence.length > 0
          ? result.evidence.map(drawExchange)
          : [el('p', { class: 'note' }, tell('noEvidence'))]
        : [el('p', { class: 'note' }, tell('notRun'))]),
    )
  }

  function choose(id, step) {
    location.hash = `#/properties/${id}/${step}`
    const narrow = matchMedia('(max-width: 60rem)').matches
    if (narrow) setTimeout(() => detail.scrollIntoView(), 0)
  }

  function sift() {
    const wanted = filter.value.trim().toLowerCase()
    for (const body of table.tBodies) {
      const rows = [...body.querySelectorAll('[data-text]')]
      for (const row of rows) row.hidden = !row.dataset.text.includes(wanted)
      body.hidden = rows.every((row) => row.hidden)
    }
  }

  async function judge(step) {
    const button = buttons.get(step)
    button.disabled = true
    let count = 0
    try {
      await listen(
        `properties/${step}`,
        (result) => {
          found.set(`${result.id} ${step}`, { ...result, step })
          drawCell(result.id, step)
          if (chosen.id === result.id && chosen.step === step) drawDetail()
          count += 1
          button.textContent = `${tell('step', { step })}: ${count} / ${properties.length}`
        },
        ending.signal,
      )
      button.textContent = tell('runStepAgain', { step })
    } catch (error) {
      if (ending.signal.aborted) return
      button.textContent = tell('failed', { error: error.message })
    }
    button.disabled = false
  }

  return {
    go([family, noun, step]) {
      const id = `${family}/${noun}`
      if (!properties.some((property) => property.id === id)) return
      const known = steps.find((one) => `${one.step}` === step)
      chosen = { id, step: known?.step ?? 0 }
      draw()
      cells.get(`${id} ${chosen.step}`).scrollIntoView({ block: 'nearest' })
    },
    leave: () => ending.abort(),
  }
}
