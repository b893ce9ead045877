import { showAttacks } from './attacks.js'
import { el, tellDate } from './dom.js'
import { isLive, readCatalogue, recordedAt } from './source.js'
import { lang, tell } from './words.js'

/** Each panel is loaded when it is first opened. */
const panels = {
  attacks: async () => showAttacks,
  properties: async () => (await import('./properties.js')).showProperties,
  diff: async () => (await import('./diff.js')).showDiff,
  rotation: async () => (await import('./rotation.js')).showRotation,
  flow: async () => (await import('./flow.js')).showFlow,
  exercise: async () => (await import('./exercise.js')).showExercise,
}
/** Whether a panel has something to show: a recorded run has no learner. */
const isShown = (name) => name !== 'exercise' || isLive()

const panel = document.querySelector('#panel')
const bar = document.querySelector('#bar')
const lessons = document.querySelector('meta[name=lessons]').content
let open
/** How often a place was asked for: only the last one is shown. */
let asked = 0

function drawBar() {
  const other = lang === 'ja' ? 'en' : 'ja'
  const shown = Object.keys(panels).filter(isShown)
  const links = shown.map((name) =>
    el('a', { href: `#/${name}`, 'data-panel': name }, tell(name)),
  )
  const place = new URL(location.href)
  place.searchParams.set('lang', other)
  const toggle = el(
    'a',
    { class: 'lang', lang: other, hreflang: other, href: place.href },
    other === 'ja' ? '日本語' : 'English',
  )
  // The place is kept: what the hash is when the link is followed.
  toggle.addEventListener('click', () => {
    place.hash = location.hash
    toggle.href = place.href
  })
  const date = recordedAt() && tellDate(recordedAt(), lang)
  const state = isLive()
    ? el('span', { class: 'state live', title: tell('liveNote') }, tell('live'))
    : el(
        'span',
        { class: 'state', title: tell('recordedNote', { date }) },
        tell('recorded', { date }),
      )
  bar.append(
    el(
      'nav',
      { 'aria-label': tell('pages') },
      ...links,
      el('a', { href: `${lessons}${lang}/` }, tell('lessons')),
    ),
    state,
    toggle,
  )
}

async function route() {
  const [name, ...place] = location.hash.replace(/^#\/?/, '').split('/')
  const known = panels[name] && isShown(name) ? name : 'attacks'
  for (const link of bar.querySelectorAll('[data-panel]')) {
    if (link.dataset.panel === known) {
      link.setAttribute('aria-current', 'page')
      link.scrollIntoView({ block: 'nearest', inline: 'center' })
    } else link.removeAttribute('aria-current')
  }
  document.title = `${tell(known)} · Guard Up`
  if (open?.name === known) return open.go(place)
  open?.leave?.()
  open = undefined
  asked += 1
  const mine = asked
  const show = await panels[known]()
  const catalogue = await readCatalogue()
  if (mine !== asked) return
  const frame = el('div', { class: `panel ${known}` })
  panel.replaceChildren(frame)
  const shown = await show(frame, catalogue)
  if (mine !== asked) return shown.leave?.()
  open = { name: known, ...shown }
  return open.go(place)
}

document.documentElement.lang = lang
await readCatalogue()
drawBar()
addEventListener('hashchange', route)
await route()
