import { el, tellDate } from './dom.js'
import { isLive, listen, readRecorded, recordedAt, turn } from './source.js'
import { lang, tell } from './words.js'

const names = ['desk', 'laptop', 'slide']
const turns = ['rotate', 'revoke', 'expire']
/** Milliseconds that the plot is wide, and of one tick. */
const span = 24_000
const tickMs = 250
const [width, height, left] = [960, 112, 8]
/** Requests in a tick that fill a lane. */
const most = 10

/** Traffic of three callers, drawn while their tokens are changed. */
export async function showRotation(frame) {
  const ticks = []
  const marks = []
  let ending
  const begin = el(
    'button',
    { class: 'primary', onclick: toggle },
    tell('start'),
  )
  const buttons = turns.map((name) =>
    el('button', { disabled: true, onclick: () => press(name) }, tell(name)),
  )
  const status = el('p', { class: 'note', role: 'status' })
  const lanes = names.map((name) => {
    const svg = el('svg', {
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': `${name}: ${tell('plot')}`,
      preserveAspectRatio: 'none',
    })
    const total = el('span', { class: 'total' })
    const token = el('span', { class: 'token' })
    const lane = el(
      'section',
      { class: 'lane' },
      el(
        'header',
        {},
        el('h2', {}, name),
        el('p', {}, tell(name)),
        token,
        total,
      ),
      el('div', { class: 'plot' }, svg, el('div', { class: 'flags' })),
    )
    return { name, svg, total, token, lane }
  })
  frame.append(
    el(
      'header',
      { class: 'lead' },
      el('h1', {}, tell('rotationTitle')),
      el('p', {}, tell('rotationLead')),
    ),
    el(
      'div',
      { class: 'actions' },
      isLive()
        ? [begin, ...buttons]
        : el(
            'p',
            { class: 'note' },
            tell('recordedNote', { date: tellDate(recordedAt(), lang) }),
          ),
    ),
    el(
      'p',
      { class: 'legend' },
      [1, 2, 3].map((number) =>
        el('span', { class: `key token-${number}` }, tell('token', { number })),
      ),
      el('span', { class: 'key refused' }, `✗ ${tell('refused')}`),
    ),
    status,
    ...lanes.map(({ lane }) => lane),
  )
  draw()
  if (!isLive()) {
    const recorded = await readRecorded('rotation')
    ticks.push(...recorded.ticks)
    marks.push(...recorded.marks)
    draw()
  }

  async function toggle() {
    if (ending) {
      ending.abort()
      return
    }
    ending = new AbortController()
    const { signal } = ending
    ticks.length = 0
    marks.length = 0
    status.textContent = tell('starting')
    begin.textContent = tell('stop')
    try {
      await listen(
        'rotation',
        (tick) => {
          if (ticks.length === 0) {
            status.textContent = ''
            for (const button of buttons) button.disabled = false
          }
          ticks.push(tick)
          draw()
        },
        signal,
      )
    } catch (error) {
      if (!signal.aborted) {
        status.textContent = tell('failed', { error: error.message })
      }
    }
    ending = undefined
    begin.textContent = tell('start')
    for (const button of buttons) button.disabled = true
  }

  async function press(name) {
    const button = buttons[turns.indexOf(name)]
    button.disabled = true
    marks.push({ at: ticks.at(-1)?.at ?? 0, name })
    await turn(name)
    // What has ended cannot be ended again.
    if (name === 'rotate' && ending) button.disabled = false
  }

  function draw() {
    const now = Math.max(span, ticks.at(-1)?.at ?? 0)
    const x = (at) => left + ((at - now + span) / span) * (width - 2 * left)
    for (const [index, { name, svg, total, token, lane }] of lanes.entries()) {
      const mine = ticks.map(({ at, callers }) => ({ at, ...callers[index] }))
      const bar = (tick, count, kind, from) => {
        const tall = Math.min(1, count / most) * (height - 28)
        return el('rect', {
          class: kind,
          x: x(tick.at - tickMs) + 0.5,
          width: Math.max(1, x(tick.at) - x(tick.at - tickMs) - 1.5),
          y: height - 14 - from - tall,
          height: tall,
          rx: 1,
        })
      }
      const visible = mine.filter(({ at }) => x(at - tickMs) >= left - 1)
      const bars = visible.flatMap((tick) => {
        const shade = `token-${((tick.token - 1) % 3) + 1}`
        const both = []
        if (tick.served) both.push(bar(tick, tick.served, shade, 0))
        if (tick.failed) {
          const below = Math.min(1, tick.served / most) * (height - 28)
          both.push(bar(tick, tick.failed, 'refused', below))
        }
        return both
      })
      const base = el('line', {
        class: 'base',
        x1: left,
        x2: width - left,
        y1: height - 14,
        y2: height - 14,
      })
      const owner = { rotate: 'desk', revoke: 'laptop', expire: 'slide' }
      const turned = marks.filter((mark) => x(mark.at) >= left)
      const lines = turned.map((mark) =>
        el('line', {
          class: owner[mark.name] === name ? 'turn own' : 'turn',
          x1: x(mark.at),
          x2: x(mark.at),
          y1: 2,
          y2: height - 14,
        }),
      )
      svg.replaceChildren(base, ...bars, ...lines)
      const flags = turned
        .filter((mark) => owner[mark.name] === name)
        .map((mark) => {
          const flag = el('span', {}, tell(`${mark.name}Mark`))
          flag.style.left = `${(100 * x(mark.at)) / width}%`
          return flag
        })
      lane.querySelector('.flags').replaceChildren(...flags)
      const sum = (key) => mine.reduce((all, tick) => all + tick[key], 0)
      const recent = mine.slice(-4)
      const rate = recent.reduce((all, t) => all + t.served + t.failed, 0)
      total.textContent =
        mine.length === 0
          ? ''
          : `${tell('totals', { served: sum('served'), failed: sum('failed') })} · ${tell('perSecond', { count: rate })}`
      total.classList.toggle('bad', sum('failed') > 0)
      token.textContent =
        mine.length === 0 ? '' : tell('token', { number: mine.at(-1).token })
    }
  }

  return { go: () => {}, leave: () => ending?.abort() }
}
