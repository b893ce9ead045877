// A learner at work, in a folder of their own: what is opened, judged, hinted
// at, solved and compared.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { words as drillWords } from '../../src/drill/words.ts'
import { words } from '../../src/exercise/words.ts'
import { folderOf, root } from '../../src/repository.ts'
import { createEnv, listDescendants, start, untilGone } from '../run.ts'

const main = ['--import', 'tsx', 'packages/workshop/src/main.ts']
const bench = mkdtempSync(join(root, 'workshop-test-'))
afterAll(() => rmSync(bench, { recursive: true, force: true, maxRetries: 5 }))
const env = createEnv({ WORKSHOP_FOLDER: basename(bench) })

async function run(...args: string[]) {
  const { ended, stdout, stderr } = start(
    process.execPath,
    [...main, ...args],
    {
      env,
    },
  )
  return { status: await ended, out: stdout(), err: stderr() }
}

const mine = (file: string) => join(bench, 'exercise-1', file)

describe('exercise 1', () => {
  beforeEach(() => rmSync(bench, { recursive: true, force: true }))

  test('untouched, crashed and emptied, it fails; hints name the place', async () => {
    const untouched = await run('exercise', '1', '--once')
    expect(untouched.status).toBe(1)
    expect(untouched.out).toContain('bearer/missing-401-challenge')
    const where = await run('hint')
    expect(where.out).toMatch(/Write .*\/exercise-1\/src\/guard\.ts/)
    const what = await run('hint', '2')
    expect(what.out).toContain('WWW-Authenticate')
    const all = await run('hint', '3')
    expect(all.out).toContain('+export function requireBearer')
    await writeFile(mine('src/app.ts'), 'const = 1\n')
    const crashed = await run('exercise', '1', '--once')
    expect(crashed.status).toBe(1)
    expect(crashed.out).toContain('src/app.ts:1')
    expect(crashed.out + crashed.err).not.toContain(root)
    await writeFile(mine('src/app.ts'), '')
    const emptied = await run('exercise', '1', '--once')
    expect(emptied.status).toBe(1)
    expect((await run('compare')).status).toBe(1)
  })

  test('a fresh copy keeps the old one', async () => {
    await run('exercise', '1', '--once')
    await writeFile(mine('src/mine.ts'), '// my work\n')
    await run('exercise', '1', '--once', '--again')
    expect(existsSync(mine('src/mine.ts'))).toBe(false)
    const [kept = ''] = readdirSync(bench).filter((name) => /-1\./.test(name))
    expect(existsSync(join(bench, kept, 'src/mine.ts'))).toBe(true)
  })

  const noScript = existsSync('/usr/bin/script') ? '' : 'script is not there.'
  if (noScript) console.warn(`The terminal is skipped: ${noScript}`)
  test.skipIf(noScript)(
    'is asked, judged at every save, solved and compared, in a terminal',
    async () => {
      const line = `${process.execPath} ${main.join(' ')} exercise 1`
      const learner = start('script', ['-qfec', line, '/dev/null'], {
        env: { ...env, COLUMNS: '80', TERM: 'xterm-256color' },
      })
      await learner.printed(words.predictPrompt.en)
      learner.write('2\n')
      await learner.printed(words.predictRight.en)
      await learner.printed(words.hintIsThere.en)
      await cp(join(folderOf(1), 'src/tokens.ts'), mine('src/tokens.ts'))
      await cp(join(folderOf(1), 'src/guard.ts'), mine('src/guard.ts'))
      await cp(join(folderOf(1), 'src/app.ts'), mine('src/app.ts'))
      await learner.printed('All of it holds: your server is step 1.')
      expect(await learner.ended).toBe(0)
      const code = /1-[0-9A-Z]{4}-[0-9A-Z]+/.exec(learner.stdout())?.[0] ?? ''
      const told = await run('host', 'verify', code)
      expect(told.out).toMatch(/Exercise 1: (\d+) of \1 hold\./)
      const compared = await run('compare')
      expect(compared).toMatchObject({ status: 0, out: '' })
    },
  )

  test.skipIf(noScript)('Ctrl-C ends it and what it started', async () => {
    const line = `${process.execPath} ${main.join(' ')} exercise 1 --no-ask`
    const learner = start('script', ['-qfec', line, '/dev/null'], { env })
    await learner.printed(words.savesAreSeen.en)
    const pids = listDescendants(learner.pid)
    learner.write('\u0003')
    await learner.ended
    await untilGone(pids)
    expect(existsSync(mine('src/app.ts'))).toBe(true)
  })
})

describe.concurrent.each([2, 3])('exercise %i', (step) => {
  test('fails before, and passes after', async ({ expect }) => {
    const opened = start(
      process.execPath,
      [...main, 'exercise', `${step}`, '--once'],
      { env },
    )
    await opened.printed(`exercise-${step}/src/app.ts`)
    opened.kill('SIGTERM')
    expect(await opened.ended).not.toBe(0)
    const before = await run('hint', '1', `--exercise=${step}`)
    expect(before.out).toContain(`exercise-${step}/src/`)
    const after = await run('exercise', `${step}`, '--once', '--catch-up')
    expect(after.out).toContain(`your server is step ${step}.`)
    expect(after.status).toBe(0)
  })
})

describe('puzzles', () => {
  // One stands for all: that each breaks what it names is a test of guardcheck.
  test('puzzle 2 fails, and passes once mended', async () => {
    const [number, step, id] = [2, 1, 'bearer/uniform-401']
    const wrong = await run('puzzle', `${number}`, '--answer', 'tls/hsts')
    expect(wrong.status).toBe(1)
    const right = await run('puzzle', `${number}`, '--answer', id)
    expect(right.status).toBe(0)
    expect((await run('puzzle', `${number}`, '--once')).status).toBe(1)
    const folder = join(bench, `puzzle-${`${number}`.padStart(2, '0')}`)
    await cp(join(folderOf(step), 'src'), join(folder, 'src'), {
      recursive: true,
    })
    const mended = await run('puzzle', `${number}`, '--once')
    expect(mended.out).toContain('is mended')
    expect(mended.status).toBe(0)
  })

  test('the solution is all that separates puzzle 2 from its step', async () => {
    const { status, out } = await run('puzzle', '2', '--solution')
    expect(status).toBe(0)
    expect(out).toContain('--- accepts-a-prefix/src/tokens.ts\n')
    expect(out).toContain('+++ step-1/src/tokens.ts\n')
    expect(out).toMatch(/^-.*shared\.startsWith\(secret\)/m)
    expect(out).toMatch(/^\+ *timingSafeEqual\(/m)
    expect(out.match(/^diff /gm)).toHaveLength(1)
  })

  test('the list names no flaw', async () => {
    const { out } = await run('puzzle')
    expect(out).not.toMatch(/[a-z]+-[a-z]+-[a-z]+/)
  })
})

describe('the drill', () => {
  test('is won by a rotation with an overlap', async () => {
    const drill = start(
      process.execPath,
      [...main, 'drill', '--seconds', '16'],
      { env },
    )
    await drill.printed('requests sent')
    await setTimeout(2000)
    const key = start(
      'sh',
      [
        '-c',
        `node --import tsx packages/step-2/bin/key.ts rotate desk --overlap 6s > ${basename(bench)}/drill/client.token`,
      ],
      {
        env: {
          ...env,
          MCP_TOKENS_FILE: `${basename(bench)}/drill/tokens.json`,
        },
      },
    )
    expect(await key.ended).toBe(0)
    expect(await drill.ended).toBe(0)
    expect(drill.stdout()).toContain(' 0 lost')
  })

  test('is lost when nothing is done, and nothing is left', async () => {
    const drill = start(
      process.execPath,
      [...main, 'drill', '--seconds', '5'],
      {
        env,
      },
    )
    await setTimeout(3000)
    const pids = listDescendants(drill.pid)
    expect(await drill.ended).toBe(1)
    expect(drill.stdout()).toContain(drillWords.drillOpen.en.slice(0, 30))
    await untilGone(pids)
    expect(existsSync(join(bench, 'drill'))).toBe(false)
  })
})
