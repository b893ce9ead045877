import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Language, languages } from 'guardcheck'
import {
  afterAll,
  beforeAll,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest'
import { bench, copyPackage, makeFolder } from '../../src/exercise/folders.ts'
import { type OpenPage, openPage } from '../../src/page/server.ts'
import { folderOf, root } from '../../src/repository.ts'
import {
  type Browser,
  installSite,
  launch,
  noBrowser,
  type Page,
  resolveFromSite,
} from './chromium.ts'

// A learner's folder of this test alone, known before it is first looked at.
vi.hoisted(() => {
  process.env.WORKSHOP_FOLDER = `workshop-test-page-${process.pid}`
})
const shots = join(root, 'packages/workshop/.report/page')
const panels = [
  'attacks',
  'properties',
  'diff',
  'rotation',
  'flow',
  'exercise',
] as const

let page: OpenPage
let browser: Browser
beforeAll(async () => {
  if (noBrowser) return
  await installSite()
  mkdirSync(shots, { recursive: true })
  page = await openPage({ lang: 'en', port: 0 })
  browser = await launch()
}, 320_000)
afterAll(async () => {
  await browser?.close()
  await page?.close()
  rmSync(bench, { recursive: true, force: true, maxRetries: 5 })
})

interface View {
  lang?: Language
  width?: number
  scheme?: 'light' | 'dark'
  script?: boolean
}

/** A tab, and everything in it that is not as it should be. */
async function openTab({
  lang = 'en',
  width = 1280,
  scheme = 'light',
  script = true,
}: View = {}) {
  const context = await browser.newContext({
    viewport: { width, height: width < 800 ? 844 : 900 },
    colorScheme: scheme,
    locale: lang,
    javaScriptEnabled: script,
  })
  onTestFinished(() => context.close())
  const tab = await context.newPage()
  const faults: string[] = []
  tab.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      faults.push(message.text())
    }
  })
  tab.on('pageerror', (error) => faults.push(`${error}`))
  tab.on('request', (request) => {
    const { origin } = new URL(request.url())
    if (origin !== page.url.origin) faults.push(`a request to ${origin}`)
  })
  return { tab, faults }
}

/** The address of the page with its token, in a language, at a place. */
async function visit(tab: Page, lang: Language, place = '') {
  const url = new URL(page.url)
  url.searchParams.set('lang', lang)
  await tab.goto(url.href)
  await tab.waitForSelector('.panel h1')
  if (!place) return
  await tab.evaluate(`location.hash = ${JSON.stringify(`#/${place}`)}`)
  await tab.waitForSelector(`.panel.${place.split('/')[0]} h1`)
}

/** Waits for an expression to be true; the policy allows no `eval`. */
async function until(tab: Page, expression: string, limitMs = 20_000) {
  const deadline = Date.now() + limitMs
  for (;;) {
    const met = await tab.evaluate(expression).catch(() => false)
    if (met) return
    if (Date.now() > deadline) throw new Error(`never: ${expression}`)
    await setTimeout(100)
  }
}

/** What axe-core finds to be serious or worse, a line each. */
async function inspect(tab: Page): Promise<string[]> {
  // The policy of the page lets no script in that is added to its text.
  const source = resolveFromSite('axe-core/axe.min.js')
  await tab.evaluate(readFileSync(source, 'utf8'))
  return tab.evaluate(`axe.run(document).then(({ violations }) => violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target)))`)
}

const views: View[] = [
  { lang: 'en', width: 1280, scheme: 'light' },
  { lang: 'ja', width: 1280, scheme: 'dark' },
  { lang: 'ja', width: 390, scheme: 'light' },
  { lang: 'en', width: 390, scheme: 'dark' },
]

describe.skipIf(noBrowser)('the page in a browser', () => {
  test('Run all fills the matrix as the series claims', async () => {
    const { tab, faults } = await openTab()
    await visit(tab, 'en')
    await tab.click('.actions .primary')
    const done = `document.querySelectorAll('.cell:is(.breached, .held)').length
      === document.querySelectorAll('.cell').length`
    await until(tab, done, 90_000)
    const counts = await tab.evaluate<string[]>(
      `[...document.querySelectorAll('.tile .count')].map((it) => it.textContent)`,
    )
    expect(counts.at(0)).toContain('23 of 24')
    expect(counts.at(-1)).toContain('0 of 24')
    // A cell leads to its evidence, by keyboard as well.
    await tab.press('.cell[data-row="0"][data-column="0"]', 'ArrowRight')
    await tab.press('.cell[data-row="0"][data-column="1"]', 'Enter')
    await until(tab, `location.hash === '#/attacks/1/read-salaries'`)
    // The address changes first, and what it stands for is drawn then.
    const drawn = `document.querySelector('.detail').textContent
      .includes('401 Unauthorized')`
    await until(tab, drawn)
    const shown = await tab.textContent('.detail')
    expect(shown).toContain('POST /mcp HTTP/1.1')
    expect(faults).toEqual([])
  })

  test('the sign-in is drawn from messages that passed', async () => {
    const { tab, faults } = await openTab()
    await visit(tab, 'en', 'flow')
    await tab.click('.actions .primary')
    const done = `document.querySelectorAll('.arrow').length > 20
      && !document.querySelector('.actions .primary').disabled`
    await until(tab, done, 60_000)
    await tab.click('.arrows li:last-child button')
    // The address changes first, and what it stands for is drawn then.
    const count = await tab.evaluate<number>(
      `document.querySelectorAll('.arrow').length`,
    )
    const drawn = `document.querySelector('.detail').textContent
      .startsWith('${count}. ')`
    await until(tab, drawn)
    const last = await tab.textContent('.detail')
    expect(last).toContain('Bearer ‹secret›')
    expect(last).toMatch(/"by\\*":\s*\\*"alice/)
    expect(last).toContain('refunds:write')
    await tab.screenshot({ path: join(shots, 'flow-en-1280-light-run.png') })
    expect(faults).toEqual([])
  })

  test('the arrow that an address names is chosen, seen, and the only one', async () => {
    const { tab, faults } = await openTab()
    // Without the token: as it was recorded.
    await tab.goto(new URL('/?lang=en#/flow/13', page.url).href)
    await tab.waitForSelector('.arrow')
    const pressed = `[...document.querySelectorAll('.arrow')].flatMap((it, at) =>
      it.getAttribute('aria-pressed') === 'true' ? [at + 1] : [])`
    expect(await tab.evaluate(pressed)).toEqual([13])
    const seen = `(({ top, bottom }) => top >= 0 && bottom <= innerHeight)(
      document.querySelectorAll('.arrow')[12].getBoundingClientRect())`
    await until(tab, seen, 2000)
    expect(faults).toEqual([])
  })

  test('a meter of a tile stands close above its count', async () => {
    const { tab } = await openTab()
    await visit(tab, 'en')
    const gaps = await tab.evaluate<number[]>(
      `[...document.querySelectorAll('.tile')].map((tile) =>
        tile.querySelector('.count').getBoundingClientRect().top
        - tile.querySelector('.meter').getBoundingClientRect().bottom)`,
    )
    expect(gaps).toHaveLength(4)
    expect(Math.max(...gaps)).toBeLessThan(12)
  })

  test('a server that does not start is not said to be judged', async () => {
    const { tab, faults } = await openTab()
    await visit(tab, 'en', 'exercise')
    await makeFolder('exercise-1', 'step-1', (folder) =>
      copyPackage('step-0', folder),
    )
    onTestFinished(() =>
      rmSync(bench, { recursive: true, force: true, maxRetries: 5 }),
    )
    writeFileSync(join(bench, 'exercise-1/src/main.ts'), 'process.exit(1)\n')
    const failed = `document.querySelector('.now')?.textContent
      .includes('does not start')`
    await until(tab, failed, 60_000)
    const told = await tab.textContent('.panel [role=status]')
    expect(told).toContain('Not judged')
    expect(told).not.toContain('hold')
    const meter = `document.querySelector('.work > .meter').hidden`
    expect(await tab.evaluate(meter)).toBe(true)
    expect(faults).toEqual([])
  })

  test('the plot shows that a rotation refuses nobody, and that who is revoked is refused', async () => {
    const { tab, faults } = await openTab({ lang: 'ja' })
    await visit(tab, 'ja', 'rotation')
    await tab.click('.actions button')
    const ready = `!document.querySelectorAll('.actions button')[1].disabled`
    await until(tab, ready, 60_000)
    await tab.click('.actions button:nth-child(2)')
    await tab.click('.actions button:nth-child(3)')
    const revoked = `document.querySelectorAll('.lane:nth-of-type(2) .refused').length > 1`
    await until(tab, revoked, 30_000)
    const rotated = `document.querySelectorAll('.lane .plot .token-2').length > 2`
    await until(tab, rotated, 30_000)
    const totals = await tab.evaluate<string[]>(
      `[...document.querySelectorAll('.lane .total')].map((it) => it.textContent)`,
    )
    expect(totals[0]).toContain('拒否0件')
    expect(totals[1]).not.toContain('拒否0件')
    await tab.screenshot({
      path: join(shots, 'rotation-ja-1280-light-run.png'),
    })
    expect(faults).toEqual([])
  })

  test('the properties of an open exercise turn green as it is solved', async () => {
    const { tab, faults } = await openTab({ lang: 'ja' })
    await visit(tab, 'ja', 'exercise')
    await until(tab, `document.querySelector('.work pre') !== null`)
    expect(await tab.textContent('.work pre')).toContain('exercise 1')
    await makeFolder('exercise-1', 'step-1', (folder) =>
      copyPackage('step-0', folder),
    )
    const judged = `document.querySelector('.now .code') !== null`
    await until(tab, judged, 60_000)
    expect(await tab.textContent('.now')).toContain(
      'bearer/missing-401-challenge',
    )
    expect(await tab.textContent('.now')).toContain('src/guard.ts')
    const fails = `document.querySelectorAll('.marks .fails').length`
    expect(await tab.evaluate<number>(fails)).toBeGreaterThan(5)
    expect(await inspect(tab)).toEqual([])
    await tab.screenshot({ path: join(shots, 'exercise-ja-1280-begun.png') })
    for (const file of ['tokens.ts', 'guard.ts', 'app.ts']) {
      const path = join('src', file)
      await cp(join(folderOf(1), path), join(bench, 'exercise-1', path))
    }
    await until(
      tab,
      `document.querySelector('.now.done .code') !== null`,
      60_000,
    )
    expect(await tab.evaluate<number>(fails)).toBe(0)
    expect(await tab.textContent('.now')).toMatch(/1-[0-9A-Z-]+/)
    expect(await inspect(tab)).toEqual([])
    await tab.screenshot({
      path: join(shots, 'exercise-ja-1280-done.png'),
      fullPage: true,
    })
    rmSync(bench, { recursive: true, force: true, maxRetries: 5 })
    await until(tab, `document.querySelector('.work pre') !== null`)
    expect(faults).toEqual([])
  })

  test('a step is judged live, and no verdict is other than the catalogue says', async () => {
    const { tab, faults } = await openTab()
    await visit(tab, 'en', 'properties')
    await tab.click('.actions button:nth-of-type(4)')
    const done = `document.querySelectorAll('.actions button')[3].textContent.endsWith('again')`
    await until(tab, done, 90_000)
    const fails = await tab.evaluate<string[]>(
      `[...document.querySelectorAll('.cell.fails')].map((it) => it.getAttribute('aria-label'))`,
    )
    expect(fails).toEqual([])
    const holds = `document.querySelectorAll('.cell.holds').length`
    expect(await tab.evaluate<number>(holds)).toBeGreaterThan(30)
    expect(faults).toEqual([])
  })

  test.each(views)(
    'every panel is without a serious fault: $lang, $width, $scheme',
    async (view) => {
      const { tab, faults } = await openTab(view)
      const { lang = 'en', width, scheme } = view
      for (const panel of panels) {
        await visit(tab, lang, panel)
        if (panel === 'diff') await tab.waitForSelector('.file-diff')
        expect([panel, await inspect(tab)]).toEqual([panel, []])
        const wide = `document.documentElement.scrollWidth > innerWidth`
        expect([panel, await tab.evaluate(wide)]).toEqual([panel, false])
        const name = `${panel}-${lang}-${width}-${scheme}.png`
        await tab.screenshot({ path: join(shots, name) })
      }
      await tab.goto(new URL(`/lessons/${lang}/1-bearer`, page.url).href)
      expect(await inspect(tab)).toEqual([])
      const name = `lesson-${lang}-${width}-${scheme}.png`
      await tab.screenshot({ path: join(shots, name) })
      expect(faults).toEqual([])
    },
  )

  test.each(languages)('the switch keeps the place: from %s', async (lang) => {
    const { tab } = await openTab({ lang })
    const other = lang === 'en' ? 'ja' : 'en'
    await visit(tab, lang, 'diff/1/2')
    await tab.click('.bar .lang')
    await until(tab, `document.documentElement.lang === '${other}'`)
    expect(tab.url()).toMatch(new RegExp(`lang=${other}#/diff/1/2$`))
    await tab.goto(new URL(`/lessons/${lang}/1-bearer`, page.url).href)
    await tab.evaluate(`document.querySelectorAll('h2')[3].scrollIntoView()`)
    // A click of the driver's would scroll the page first.
    await tab.evaluate(`document.querySelector('.bar .lang').click()`)
    const there = `location.pathname === '/lessons/${other}/1-bearer'
      && Math.abs(document.querySelectorAll('h2')[3].getBoundingClientRect().top) < 200`
    await until(tab, there)
  })

  test('who changes their mind while a panel loads gets the last one asked for', async () => {
    const { tab, faults } = await openTab()
    await visit(tab, 'en')
    await tab.route('**/diff.js', async (route) => {
      await setTimeout(500)
      await route.continue()
    })
    await tab.evaluate(`location.hash = '#/diff'`)
    await tab.evaluate(`location.hash = '#/flow'`)
    await tab.waitForSelector('.panel.flow h1')
    await setTimeout(1000)
    const shown = `document.querySelector('.panel').className`
    expect(await tab.evaluate(shown)).toBe('panel flow')
    await tab.evaluate(`location.hash = '#/diff/1/2'`)
    await tab.waitForSelector('.panel.diff .file-diff')
    expect(faults).toEqual([])
  })

  test('a script in an answer, or in the address, shows as text', async () => {
    const { tab, faults } = await openTab()
    const script = '<script>window.ran = 1</script><img src=x onerror=ran=2>'
    await tab.route('**/api/attacks/**', (route) =>
      route.fulfill({
        json: {
          name: 'ask-stock',
          step: 0,
          breached: true,
          reached: { en: script, ja: script },
          exchanges: [
            { sent: script, received: `HTTP/1.1 200\r\n\r\n${script}` },
          ],
        },
      }),
    )
    await visit(tab, 'en', 'attacks/0/ask-stock')
    await tab.click('.detail > button')
    await until(
      tab,
      `document.querySelector('.got')?.textContent.includes('<script>')`,
    )
    await tab.evaluate(`location.hash = '#/diff/0/1/<img src=x onerror=ran=3>'`)
    await tab.waitForSelector('.file-diff')
    expect(await tab.evaluate('window.ran')).toBeUndefined()
    expect(faults).toEqual([])
  })

  test('an inline script is stopped by the policy', async () => {
    const { tab, faults } = await openTab()
    await visit(tab, 'en')
    await tab.evaluate(`{
      const script = document.createElement('script')
      script.textContent = 'window.ran = 1'
      document.body.append(script)
    }`)
    expect(await tab.evaluate('window.ran')).toBeUndefined()
    expect(faults.join()).toContain('Content Security Policy')
  })

  test('a lesson reads without JavaScript', async () => {
    const { tab, faults } = await openTab({ script: false })
    await tab.goto(new URL('/lessons/ja/', page.url).href)
    expect(await tab.textContent('h1')).toMatch(/^0\./)
    await tab.click('[rel=next]')
    await tab.waitForURL(/1-bearer$/)
    expect(await tab.textContent('h1')).toMatch(/^1\./)
    expect(faults).toEqual([])
  })

  test('the page weighs little and is there at once', async () => {
    const paints: number[] = []
    const weights: number[] = []
    // A machine with other work delays some visits, and hardly each of them.
    for (let visits = 0; visits < 3; visits += 1) {
      const { tab } = await openTab()
      await visit(tab, 'en')
      const [paint, weight] = await tab.evaluate<[number, number]>(`[
        performance.getEntriesByName('first-contentful-paint')[0].startTime,
        performance.getEntries().reduce((all, it) => all + (it.transferSize ?? 0), 0),
      ]`)
      paints.push(paint)
      weights.push(weight)
    }
    const paint = Math.min(...paints)
    console.info(
      `First paint after ${Math.round(paint)} ms; ${weights[0]} bytes.`,
    )
    expect(paint).toBeLessThan(1000)
    expect(Math.min(...weights)).toBeGreaterThan(10_000)
    expect(Math.max(...weights)).toBeLessThan(500_000)
  })
})
