import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { root } from '../../src/repository.ts'
import { common } from '../../src/terminal/tell.ts'
import { words } from '../../src/tour/words.ts'
import {
  createEnv,
  listDescendants,
  listLeftovers,
  start,
  startWorkshop,
  untilGone,
} from '../run.ts'

// One for all of them, since tsx keeps what it has compiled there.
const TMPDIR = mkdtempSync(join(tmpdir(), 'guard-up-test-'))
afterAll(() => rmSync(TMPDIR, { recursive: true, maxRetries: 5 }))

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
const colour = /\u001b\[\d+m/

/** Enough of the steps to see that all that were started are ended. */
const few = ['--step', '0', '1']

const staying = words.untilInterrupted.en

describe('a tour that is asked to end', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)(
    'while its steps start ends them too, on %s',
    async (signal, code) => {
      const tour = startWorkshop(['tour', ...few], { TMPDIR })
      await tour.printed('Starting')
      await setTimeout(200)
      const pids = listDescendants(tour.pid)
      expect(pids.length).toBeGreaterThanOrEqual(2)
      tour.kill(signal)
      expect(await tour.ended).toBe(code)
      await untilGone(pids)
      expect(listLeftovers(TMPDIR)).toEqual([])
      expect(tour.stdout()).toBe('')
    },
  )

  test('in the middle of an attack ends at once', async () => {
    const tour = startWorkshop(['tour', ...few], { TMPDIR })
    await tour.printed('Dump the customer database')
    const pids = listDescendants(tour.pid)
    tour.kill('SIGTERM')
    expect(await tour.ended).toBe(143)
    await untilGone(pids)
    expect(listLeftovers(TMPDIR)).toEqual([])
  })

  test('while it stays exits 0, and nothing is left', async () => {
    const tour = startWorkshop(['tour', '--stay', ...few], { TMPDIR })
    await tour.printed('#token=')
    await tour.printed(staying)
    const pids = listDescendants(tour.pid)
    expect(pids.length).toBeGreaterThanOrEqual(2)
    const [url = ''] = tour.stdout().match(/http:\S+/) ?? []
    expect((await fetch(url)).status).toBe(405)
    // The page knows what the tour has found, and ends with it.
    const page = new URL(`${tour.stdout().trim().split(/\s+/).at(-1)}`)
    const headers = { Authorization: `Bearer ${page.hash.slice(7)}` }
    const answer = await fetch(new URL('api/catalogue', page), { headers })
    const { seen, attacks } = (await answer.json()) as Record<string, []>
    expect(seen?.length).toBe(2 * Number(attacks?.length))
    tour.kill('SIGTERM')
    expect(await tour.ended).toBe(0)
    await untilGone(pids)
    await expect(fetch(url)).rejects.toThrow()
    await expect(fetch(page)).rejects.toThrow()
    expect(listLeftovers(TMPDIR)).toEqual([])
    expect(tour.stdout()).toContain(words.ended.en)
  })

  test('when only npm is told to ends all the same', async () => {
    const npm = start('npm', ['start', '--', '--stay', ...few], {
      env: createEnv({ TMPDIR }),
    })
    await npm.printed(staying)
    const pids = listDescendants(npm.pid)
    expect(pids.length).toBeGreaterThan(4)
    npm.kill('SIGTERM')
    await npm.ended
    await untilGone(pids)
    expect(listLeftovers(TMPDIR)).toEqual([])
  })
})

const script = spawnSync('script', ['--version']).status === 0

describe.skipIf(!script)('on a terminal (by script of util-linux)', () => {
  /** Runs a command on a terminal of 80 columns. */
  const onTerminal = (command: string, env: Record<string, string>) =>
    start('script', ['-qec', `stty cols 80 rows 50; ${command}`, '/dev/null'], {
      env: createEnv({ TERM: 'xterm-256color', ...env }),
      cwd: root,
    })
  const main = 'exec node --import tsx packages/workshop/src/main.ts'

  test('the tour shows how far it is, stays, and ends on Ctrl-C', async () => {
    const tour = onTerminal(`${main} tour --step 0 1`, {
      TMPDIR,
      LANG: 'ja_JP.UTF-8',
    })
    await tour.printed('起動中')
    await tour.printed(words.untilInterrupted.ja)
    const pids = listDescendants(tour.pid)
    expect(pids.length).toBeGreaterThanOrEqual(3)
    expect(tour.stdout()).toContain(common.breached.ja)
    expect(tour.stdout()).toMatch(colour)
    expect(tour.stdout()).toContain('npm run attack 0 read-salaries')
    tour.write('\u0003')
    expect(await tour.ended).toBe(0)
    await untilGone(pids)
    expect(listLeftovers(TMPDIR)).toEqual([])
    expect(tour.stdout()).toContain(words.ended.ja)
  })

  test('the tour ends after its table with --once, in no colour with NO_COLOR', async () => {
    const env = { TMPDIR, NO_COLOR: '1' }
    const tour = onTerminal(`${main} tour --once --step 0 1`, env)
    expect(await tour.ended).toBe(0)
    expect(tour.stdout()).toContain(common.breached.en)
    expect(tour.stdout()).not.toContain(staying)
    expect(tour.stdout()).not.toMatch(colour)
  })

  test('the tour through npm ends on Ctrl-C with all that npm started', async () => {
    const npm = onTerminal('npm start', { TMPDIR })
    await npm.printed(staying)
    const pids = listDescendants(npm.pid)
    npm.write('\u0003')
    await npm.ended
    await untilGone(pids)
    expect(listLeftovers(TMPDIR)).toEqual([])
    expect(npm.stdout()).toContain(words.ended.en)
  })
})
