import { el, prose } from './dom.js'
import { listen } from './source.js'
import { lang, tell } from './words.js'

/** What holds of the learner's own server, as it is judged at every save. */
export async function showExercise(frame, { properties }) {
  const claims = new Map(properties.map((one) => [one.id, one]))
  const ending = new AbortController()
  const items = new Map()
  let drawn = ''
  const status = el('p', { class: 'note', role: 'status' }, tell('loading'))
  const head = el('header', { class: 'lead' }, el('h1', {}, tell('exercise')))
  const body = el('div', { class: 'work' })
  frame.append(head, status, body)

  function drawNone() {
    drawn = ''
    head.replaceChildren(
      el('h1', {}, tell('exerciseNone')),
      el('p', {}, tell('exerciseNoneLead')),
    )
    status.textContent = ''
    const commands = [1, 2, 3].map((step) => `npm run exercise ${step}`)
    body.replaceChildren(el('pre', { tabindex: 0 }, commands.join('\n')))
  }

  function drawFrame({ step, title, goal, folder, properties }) {
    head.replaceChildren(
      el('h1', {}, tell('exerciseTitle', { step, title: title[lang] })),
      el('p', {}, goal[lang]),
      el('p', { class: 'place' }, tell('exerciseFolder', { folder })),
    )
    const fresh = ({ id }) => claims.get(id).since === step
    const groups = [
      ['exerciseFresh', properties.filter(fresh)],
      ['exerciseKept', properties.filter((one) => !fresh(one))],
    ]
    items.clear()
    const lists = groups
      .filter(([, list]) => list.length > 0)
      .flatMap(([name, list]) => [
        el('h2', {}, tell(name)),
        el(
          'ul',
          { class: 'marks' },
          list.map(({ id }) => {
            const sign = el('span', { class: 'sign' })
            const item = el(
              'li',
              {},
              sign,
              el('p', {}, prose(claims.get(id).claim[lang])),
              el('small', {}, id),
            )
            items.set(id, { item, sign })
            return item
          }),
        ),
      ])
    const meter = el('div', { class: 'meter' }, el('span', { class: 'fill' }))
    const now = el('section', { class: 'now', 'aria-live': 'polite' })
    body.replaceChildren(meter, now, el('div', { class: 'lists' }, ...lists))
  }

  function drawWork(work) {
    const { step, folder, properties, next, failure, code, done } = work
    const place = `${step} ${folder} ${properties.length}`
    if (drawn !== place) drawFrame(work)
    drawn = place
    const total = properties.length
    const held = properties.filter((one) => one.held).length
    const judged = properties.filter((one) => one.held !== undefined).length
    for (const { id, held } of properties) {
      const { item, sign } = items.get(id)
      // What was found before stays, dimmed, until it is judged again.
      if (held === undefined && item.className) {
        item.classList.add('old')
        continue
      }
      const state = held === undefined ? 'undecided' : held ? 'holds' : 'fails'
      item.className = held === undefined ? '' : state
      sign.textContent = { undecided: '·', holds: '✓', fails: '✗' }[state]
      sign.setAttribute('role', 'img')
      sign.setAttribute('aria-label', tell(state))
    }
    const counted = tell('exerciseCount', { count: held, total })
    const phase =
      code === undefined
        ? tell('exerciseJudging', { count: judged, total })
        : tell('exerciseSaved')
    status.textContent = failure
      ? tell('exerciseNotJudged')
      : `${counted} · ${phase}`
    body.querySelector('.meter').hidden = Boolean(failure)
    body.querySelector('.fill').style.inlineSize = `${(100 * held) / total}%`
    drawNow(body.querySelector('.now'), {
      step,
      next,
      failure,
      code,
      done,
      folder,
    })
  }

  function drawNow(now, { step, next, failure, code, done, folder }) {
    now.className = `now ${failure || next ? 'open' : done ? 'done' : 'quiet'}`
    const parts = []
    if (failure) {
      parts.push(
        el('p', { class: 'eyebrow' }, tell('exerciseFailure')),
        el('p', { class: 'why', lang: 'en' }, failure),
      )
    } else if (next) {
      const { advice, claim } = claims.get(next.id)
      parts.push(
        el('p', { class: 'eyebrow' }, `${tell('exerciseNext')} · ${next.id}`),
        el('h2', {}, prose(claim[lang])),
        el('p', { class: 'why', lang: 'en' }, next.why),
        el('p', {}, prose(advice[lang])),
        el('p', {}, tell('exerciseLook', { file: `${folder}/${next.file}` })),
        el('p', {}, tell('exerciseHint'), el('code', {}, 'npm run -s hint')),
      )
    } else if (done) {
      parts.push(
        el('h2', {}, tell('exerciseDone', { step })),
        el(
          'p',
          {},
          `${tell('exerciseDoneLead')} `,
          el('code', {}, `npm run -s compare ${step}`),
        ),
      )
    }
    if (code && !failure) {
      parts.push(
        el('p', { class: 'code' }, tell('exerciseCode'), el('b', {}, code)),
      )
    }
    // Read aloud only when it says something new.
    const text = parts.map((part) => part.textContent).join()
    if (now.dataset.text === text) return
    now.dataset.text = text
    now.replaceChildren(...parts)
  }

  const work = listen(
    'exercise',
    (told) => (told.step ? drawWork(told) : drawNone()),
    ending.signal,
  )
  work.catch((error) => {
    if (ending.signal.aborted) return
    status.textContent = tell('failed', { error: error.message })
  })

  return { go: () => {}, leave: () => ending.abort() }
}
