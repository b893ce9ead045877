import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Language, Step } from 'guardcheck'
import { describe, expect, test } from 'vitest'
import { attacks } from '../src/attack/list.ts'
import { root } from '../src/repository.ts'
import { describeFailure, NotServing } from '../src/step/failure.ts'
import { createColors } from '../src/terminal/colors.ts'
import { createTell } from '../src/terminal/tell.ts'
import { runTour, type TourOptions } from '../src/tour/run.ts'
import { drawTable } from '../src/tour/table.ts'
import { words } from '../src/tour/words.ts'
import { expectTour, readRow, wide } from './printed.ts'
import { createFolder } from './run.ts'

const colors = createColors({ NO_COLOR: '1' }, {})

describe('without a terminal', () => {
  // Japanese is in the long suite: the same attacks, once more.
  test('the tour prints the table of the README in English and exits 0', () =>
    expectTour('en', 'C.UTF-8'))
})

describe('colours', () => {
  const terminal = { isTTY: true }
  test('a terminal gets them, and a pipe does not, not even in CI', () => {
    expect(createColors({}, terminal).isColorSupported).toBe(true)
    expect(createColors({ CI: 'true' }, {}).isColorSupported).toBe(false)
    const dumb = createColors({ TERM: 'dumb' }, terminal)
    expect(dumb.isColorSupported).toBe(false)
  })

  test('NO_COLOR takes every escape code away', () => {
    const env = { NO_COLOR: '1', FORCE_COLOR: '1' }
    const { isColorSupported, red } = createColors(env, terminal)
    expect([isColorSupported, red('x')]).toEqual([false, 'x'])
  })
})

describe('the table', () => {
  test.each(['en', 'ja'] as const)(
    'fits 80 columns with every step of the series, in %s',
    (lang) => {
      const steps: Step[] = [0, 1, 2, 3]
      const rows = attacks.map(({ title }) => ({
        title: title[lang],
        cells: steps.map((step) =>
          step === 0 ? ('breached' as const) : ('held' as const),
        ),
      }))
      const table = drawTable(steps, [rows], { lang, colors })
      expect(wide(table)).toEqual([])
      for (const { title } of attacks) {
        const row = readRow(table, title[lang]).join(' ')
        expect(row.match(/[✗✓] \S+/g)).toHaveLength(steps.length)
      }
    },
  )
})

/** Takes the tour inside this process, quietly. */
async function take(options: Partial<TourOptions>) {
  let printed = ''
  const code = await runTour({
    lang: 'en' as Language,
    colors,
    stay: false,
    signal: new AbortController().signal,
    print: (text) => {
      printed += text
    },
    progress: { show: () => {}, clear: () => {} },
    ...options,
  })
  return { code, printed }
}

/** A step in a folder of its own, whose main.ts is the text. */
function createStep(main: string): string {
  const folder = createFolder()
  mkdirSync(join(folder, 'src'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'src/main.ts'), main)
  return folder
}

describe('a step that is not as the series claims', () => {
  test('makes the tour exit 1 and say which cell, when an attack comes through', async () => {
    const [attack] = attacks
    if (!attack) throw new Error('there is no attack')
    const early = [{ ...attack, heldFrom: 0 as Step }]
    const { code, printed } = await take({ attacks: early, steps: [0] })
    expect(code).toBe(1)
    expect(printed).toContain(
      'read-salaries breaches step 0, and is to be held from step 0 on.',
    )
  })

  test('makes the tour exit 1 and say so, when it refuses everybody', async () => {
    const folder = createStep(`
      import { createServer } from 'node:http'
      const server = createServer((_req, res) => res.writeHead(401).end())
      server.listen(0, '127.0.0.1', () =>
        console.log(\`http://127.0.0.1:\${server.address().port}/mcp\`))
    `)
    const { code, printed } = await take({
      steps: [0],
      folder: () => folder,
      attacks: attacks.slice(0, 1),
    })
    expect(code).toBe(1)
    expect(printed).toContain('read-salaries is held at step 0')
    expect(printed).toContain('Step 0 refuses the honest refund.')
    expect(readRow(printed, words.honest.en)).toEqual(['✗ refused'])
  })

  test('ends the tour with what it printed, when it does not start', async () => {
    const folder = createStep(`
      console.error('The door is jammed.')
      process.exit(1)
    `)
    const options = { steps: [0] as Step[], folder: () => folder }
    const error = await take(options).catch((error) => error)
    expect(error).toBeInstanceOf(NotServing)
    const told = describeFailure(error, createTell('en'))
    expect(told).toContain('Step 0 does not start.')
    expect(told).toContain('The door is jammed.')
  })

  test('ends the tour that stays, when it ends by itself', async () => {
    const folder = createStep(`
      import { createServer } from 'node:http'
      const server = createServer((_req, res) => res.writeHead(401).end())
      server.listen(0, '127.0.0.1', () =>
        console.log(\`http://127.0.0.1:\${server.address().port}/mcp\`))
      setTimeout(() => process.exit(3), 500)
    `)
    const error = await take({
      steps: [0],
      folder: () => folder,
      attacks: [],
      stay: true,
    }).catch((error) => error)
    expect(describeFailure(error, createTell('en'))).toContain(
      'Step 0 has ended by itself.',
    )
  })
})
