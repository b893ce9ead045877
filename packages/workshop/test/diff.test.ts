import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createFolder, esc, runWorkshop } from './run.ts'

describe('pnpm diff', () => {
  test('tells step 1 in order: the line in the house, the door, the keys', async () => {
    const env = { GIT_TRACE: '1' }
    const { code, stdout, stderr } = await runWorkshop(['diff', '1'], env)
    expect(code).toBe(0)
    // Its files happen to be in the order of the alphabet as well.
    expect(stderr).toMatch(/-O\S+\.difforder/)
    const heads = stdout.split('\n').filter((l) => l.startsWith('diff --git'))
    expect(heads).toEqual([
      'diff --git step-0/src/app.ts step-1/src/app.ts',
      'diff --git step-1/src/guard.ts step-1/src/guard.ts',
      'diff --git step-1/src/tokens.ts step-1/src/tokens.ts',
    ])
    expect(stdout).toContain("+  app.use('/mcp', requireBearer(verify))")
    expect(stdout).not.toContain(esc)
  })

  for (const [part, files] of [
    ['3a', 'app main tls edge'],
    ['3b', 'guard env metadata oauth jwks authority'],
    ['3c', 'scopes'],
  ] as const) {
    test(`tells part ${part} in the order of its lesson`, async () => {
      const { code, stdout } = await runWorkshop(['diff', part])
      const heads = stdout.matchAll(/^diff --git .*\/(\w+)\.ts$/gm)
      expect(code).toBe(0)
      expect([...heads].map(([, file]) => file).join(' ')).toBe(files)
      expect(stdout).toContain(`+++ step-3/src/${files.split(' ')[0]}.ts`)
    })
  }

  test('of a part that is not there says which are', async () => {
    const { code, stdout, stderr } = await runWorkshop(['diff', '3d'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe('There is no part 3d; there is 3a, 3b, 3c.\n')
  })

  test('shows one file alone, passes options behind it on, and leaves nothing behind', async () => {
    const args = ['diff', '1', 'guard.ts', '--numstat']
    const folder = createFolder()
    const { code, stdout } = await runWorkshop(args, { TMPDIR: folder })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\d+\t0\t.*guard\.ts\n$/)
    expect(readdirSync(folder).filter((it) => /diff/.test(it))).toEqual([])
  })

  test('of a file that a step leaves as it was says which it touches', async () => {
    const { code, stdout, stderr } = await runWorkshop([
      'diff',
      '1',
      'tools.ts',
    ])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe(
      'The diff of step 1 does not touch tools.ts; it touches app.ts, guard.ts, tokens.ts.\n',
    )
  })

  test('of a part shows no file of another', async () => {
    const env = { LANG: 'ja_JP.UTF-8' }
    const args = ['diff', '3c', 'guard.ts']
    const { code, stdout, stderr } = await runWorkshop(args, env)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe(
      '3cの差分はguard.tsに触れません。触れるのはscopes.tsです。\n',
    )
  })

  test('passes options on to git', async () => {
    const { code, stdout } = await runWorkshop(['diff', '1', '--stat'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/app\.ts +\| +\d+ \+/)
    expect(stdout).not.toContain('@@')
  })

  test('of 3-next shows the rooms, and nothing of the guard', async () => {
    const { code, stdout } = await runWorkshop(['diff', '3-next'])
    expect(code).toBe(0)
    const heads = stdout.match(/^diff --git .*$/gm) ?? []
    expect(heads).toEqual(
      ['mcp', 'stdio', 'tools'].map(
        (it) => `diff --git step-3/src/${it}.ts step-3-next/src/${it}.ts`,
      ),
    )
  })

  test('of step 0 is refused in one sentence', async () => {
    const { code, stdout, stderr } = await runWorkshop(['diff', '0'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe(
      'Step 0 comes after no other, so there is nothing to compare.\n',
    )
  })

  test('without git says what is missing', async () => {
    const env = { PATH: createFolder() }
    const { code, stderr } = await runWorkshop(['diff', '1'], env)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^The diff is made by git, .*\n$/)
  })
})
