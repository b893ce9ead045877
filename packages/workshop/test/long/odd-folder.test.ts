import { execFileSync } from 'node:child_process'
import { appendFileSync, copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { attacks } from '../../src/attack/list.ts'
import { root } from '../../src/repository.ts'
import { createEnv, createFolder, start } from '../run.ts'

/** Copies what a clone would hold, and what is not committed yet. */
function copyRepository(folder: string): void {
  const args = ['ls-files', '-z', '-co', '--exclude-standard']
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' })
  const files = new Set(listed.split('\0').filter(Boolean))
  for (const file of files) {
    // Listed as long as its removal is not committed.
    if (!existsSync(join(root, file))) continue
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    copyFileSync(join(root, file), join(folder, file))
  }
}

test('a fresh copy in an oddly named folder installs itself and runs', async () => {
  const cwd = join(createFolder(), '作業 フォルダ (x86) & more')
  copyRepository(cwd)
  const npm = async (...args: string[]) => {
    const started = start('npm', args, { cwd, env: createEnv() })
    const code = await started.ended
    return { code, stdout: started.stdout(), stderr: started.stderr() }
  }

  const tour = await npm('start', '--', '--once', '--step', '0', '1')
  expect(tour, tour.stderr).toMatchObject({ code: 0 })
  for (const { title } of attacks) expect(tour.stdout).toContain(title.en)

  const diff = await npm('run', 'diff', '1')
  expect(diff).toMatchObject({ code: 0 })
  expect(diff.stdout).toContain(
    'diff --git step-0/src/app.ts step-1/src/app.ts',
  )

  const help = await npm('run', '-s', 'guardcheck', '--', '--help')
  expect(help).toMatchObject({ code: 0 })
  expect(help.stdout).toMatch(/^Usage: guardcheck /)

  const main = join(cwd, 'packages/step-1/src/main.ts')
  appendFileSync(main, "throw new Error('The door is jammed.')\n")
  const jammed = await npm('run', 'tour', '--', '--once', '--step', '0', '1')
  expect(jammed).toMatchObject({ code: 2 })
  expect(jammed.stderr).toContain('Step 1 does not start. It printed:')
  expect(jammed.stderr).toContain('The door is jammed.')
}, 300_000)
