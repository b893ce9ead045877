import { el, tellDate, walk } from './dom.js'
import { drawExchange } from './message.js'
import { isLive, recordedAt, runAttack } from './source.js'
import { lang, tell } from './words.js'

const signs = { breached: '✗', held: '✓', pending: '·', running: '…' }

/** The attacks and the steps, and what came of each pair. */
export function showAttacks(frame, { steps, attacks, seen }) {
  const outcomes = new Map(seen.map((one) => [`${one.name} ${one.step}`, one]))
  const running = new Set()
  const cells = new Map()
  let chosen = { step: 0, name: attacks[0].name }
  let ending

  const detail = el('section', {
    class: 'detail',
    'aria-live': 'polite',
    'aria-label': tell('exchange'),
  })
  const tiles = steps.map(({ step, name }) => {
    const bar = el('span', { class: 'fill' })
    const count = el('span', { class: 'count' })
    const tile = el(
      'div',
      { class: 'tile' },
      el('span', { class: 'step' }, tell('step', { step })),
      el('strong', {}, name[lang]),
      el('span', { class: 'meter', 'aria-hidden': 'true' }, bar),
      count,
    )
    return { step, bar, count, tile }
  })
  const all = el(
    'button',
    { class: 'primary', onclick: runAll },
    tell('runAll'),
  )
  const table = drawTable()

  frame.append(
    el(
      'header',
      { class: 'lead' },
      el('h1', {}, tell('attacksTitle')),
      el('p', {}, tell('attacksLead')),
    ),
    el(
      'div',
      { class: 'tiles' },
      tiles.map(({ tile }) => tile),
    ),
    el(
      'div',
      { class: 'actions' },
      isLive()
        ? all
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
    const head = el(
      'tr',
      {},
      el('th', { scope: 'col' }, tell('attack')),
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
    const rows = attacks.map(({ name, title }, row) =>
      el(
        'tr',
        { 'data-name': name },
        el('th', { scope: 'row' }, title[lang]),
        steps.map(({ step }, column) => {
          const button = el('button', {
            class: 'cell',
            'data-row': row,
            'data-column': column,
            onclick: () => choose(step, name),
          })
          cells.set(`${name} ${step}`, button)
          return el('td', {}, button)
        }),
      ),
    )
    const table = el(
      'table',
      { class: 'matrix' },
      el('thead', {}, head),
      el('tbody', {}, rows),
    )
    walk(table)
    return table
  }

  function stateOf(name, step) {
    const key = `${name} ${step}`
    if (running.has(key)) return 'running'
    const outcome = outcomes.get(key)
    if (!outcome) return 'pending'
    return outcome.breached ? 'breached' : 'held'
  }

  function draw() {
    for (const [key, button] of cells) {
      const [name, step] = key.split(' ')
      const state = stateOf(name, step)
      const current = name === chosen.name && `${chosen.step}` === step
      const title = attacks.find((attack) => attack.name === name).title[lang]
      button.className = `cell ${state}`
      button.setAttribute('aria-pressed', current)
      button.setAttribute(
        'aria-label',
        `${title}, ${tell('step', { step })}: ${tell(state)}`,
      )
      button.replaceChildren(
        el('span', { class: 'sign', 'aria-hidden': 'true' }, signs[state]),
        el('span', { class: 'word' }, tell(state)),
      )
    }
    for (const { step, bar, count } of tiles) {
      const known = attacks.map(({ name }) => stateOf(name, step))
      const breached = known.filter((state) => state === 'breached').length
      const held = known.filter((state) => state === 'held').length
      bar.style.width = `${(100 * held) / attacks.length}%`
      bar.parentNode.classList.toggle('known', breached + held > 0)
      count.textContent =
        breached + held === 0
          ? tell('pending')
          : tell('count', { count: breached, total: breached + held })
    }
    drawDetail()
  }

  function drawDetail() {
    const { name, step } = chosen
    const attack = attacks.find((attack) => attack.name === name)
    const outcome = outcomes.get(`${name} ${step}`)
    const state = stateOf(name, step)
    const passed = (outcome?.exchanges ?? []).map(
      (exchange, index, { length }) =>
        length > 1
          ? el(
              'details',
              { open: index === length - 1 },
              el(
                'summary',
                {},
                tell('attempt', { number: index + 1, total: length }),
              ),
              drawExchange(exchange),
            )
          : drawExchange(exchange),
    )
    const button = el(
      'button',
      {
        class: 'primary',
        onclick: () => runOne(name, step),
        disabled: state === 'running',
      },
      tell(outcome ? 'runAgain' : 'run'),
    )
    detail.replaceChildren(
      el(
        'div',
        { class: 'title' },
        el(
          'div',
          {},
          el('p', { class: 'eyebrow' }, `${tell('step', { step })} · ${name}`),
          el('h2', {}, attack.title[lang]),
        ),
        el(
          'span',
          { class: `badge ${state}` },
          `${signs[state]} ${tell(state)}`,
        ),
      ),
      el('p', { class: 'story' }, attack.story[lang]),
      ...(outcome
        ? [
            el(
              'div',
              { class: `got ${state}` },
              el('h3', {}, tell('reached')),
              el('p', {}, outcome.reached?.[lang] ?? tell('reachedNothing')),
            ),
          ]
        : [el('p', { class: 'note' }, tell('notRun'))]),
      el(
        'p',
        { class: 'promise' },
        attack.heldFrom === 0
          ? tell('always')
          : tell('heldFrom', { step: attack.heldFrom }),
      ),
      ...(isLive() ? [button] : []),
      ...(passed.length > 0 ? [el('h3', {}, tell('exchange')), ...passed] : []),
      el('h3', {}, tell('touches')),
      el(
        'ul',
        { class: 'touches' },
        attack.touches.map((id) =>
          el('li', {}, el('a', { href: `#/properties/${id}/${step}` }, id)),
        ),
      ),
    )
  }

  function choose(step, name) {
    location.hash = `#/attacks/${step}/${name}`
    if (isLive() && !outcomes.has(`${name} ${step}`)) runOne(name, step)
    const narrow = matchMedia('(max-width: 60rem)').matches
    if (narrow) setTimeout(() => detail.scrollIntoView(), 0)
  }

  async function runOne(name, step) {
    const key = `${name} ${step}`
    if (running.has(key)) return
    running.add(key)
    draw()
    try {
      outcomes.set(key, await runAttack(name, step))
    } catch (error) {
      running.delete(key)
      draw()
      detail.append(
        el(
          'p',
          { class: 'error', role: 'alert' },
          tell('failed', { error: error.message }),
        ),
      )
      throw error
    }
    running.delete(key)
    draw()
  }

  async function runAll() {
    if (ending) {
      ending.abort()
      return
    }
    ending = new AbortController()
    const { signal } = ending
    all.textContent = tell('stop')
    outcomes.clear()
    draw()
    try {
      for (const { name } of attacks) {
        if (signal.aborted) break
        await Promise.all(steps.map(({ step }) => runOne(name, step)))
      }
    } catch {
      // What went wrong stands beside the attack.
    }
    ending = undefined
    all.textContent = tell('runAll')
  }

  return {
    go([step, name]) {
      const attack = attacks.find((attack) => attack.name === name)
      const known = steps.find((one) => `${one.step}` === step)
      if (attack && known) chosen = { step: known.step, name }
      draw()
    },
    leave: () => ending?.abort(),
  }
}
