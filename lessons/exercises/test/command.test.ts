// The command at work in a repository of its own, in which a step changes.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const exercises = 'lessons/exercises'
const names = ['splits-on-spaces', 'allows-caching', 'keeps-the-old-door']
const guard = 'packages/step-1/src/guard.ts'

let copy: string
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'guard-up-flaw-test-'))
  const files = readdirSync(join(root, exercises))
  const code = files.filter((file) => /\.(ts|json)$/.test(file))
  for (const file of [...code, ...names]) {
    const place = join(exercises, file)
    cpSync(join(root, place), join(copy, place), { recursive: true })
  }
  const step = 'packages/step-1/src'
  cpSync(join(root, step), join(copy, step), { recursive: true })
  for (const place of ['node_modules', `${exercises}/node_modules`]) {
    symlinkSync(join(root, place), join(copy, place), 'junction')
  }
  run('git', 'init', '--quiet')
  commit()
})
afterEach(() => rmSync(copy, { recursive: true, force: true, maxRetries: 5 }))

function run(command: string, ...args: string[]) {
  const options = { cwd: copy, encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync(command, args, options)
  return { status, told: stdout + stderr }
}

const flaw = (...args: string[]) =>
  run(process.execPath, '--import', 'tsx', `${exercises}/flaw.ts`, ...args)

function commit() {
  const who = ['user.name=guard-up', 'user.email=guard-up@localhost']
  run('git', 'add', 'packages')
  run('git', ...who.flatMap((it) => ['-c', it]), 'commit', '-qm', 'change')
}

const read = (place: string) => readFileSync(join(copy, place), 'utf8')

function edit(place: string, from: string, to: string) {
  const text = read(place)
  expect(text).toContain(from)
  writeFileSync(join(copy, place), text.replace(from, to))
}

const splits = `${exercises}/splits-on-spaces/flaw.patch`
const laid = `${exercises}/.built/flaw-splits-on-spaces/src/guard.ts`

test('what merges with a change of its step is recorded at once', () => {
  expect(flaw('--check')).toEqual({ status: 0, told: '' })
  edit(guard, "[credential = '',", "[credential = '-',")
  commit()
  edit(guard, "[credential = '-',", "[credential = '?',")
  expect(flaw('--check')).toEqual({
    status: 1,
    told: 'splits-on-spaces does not apply to src/guard.ts of step-1.\n',
  })
  expect(flaw().status).toBe(0)
  expect(read(splits)).toContain(" const [credential = '?',")
  expect(read(splits)).toContain("+  return credential.split(' ')[1]")
  expect(existsSync(join(copy, laid))).toBe(false)
  expect(flaw('--check')).toEqual({ status: 0, told: '' })
}, 60_000)

test('a change right beside a flaw is in no conflict with it', () => {
  edit(guard, '(others.length > 0)', '(others.length >= 1)')
  expect(flaw('--check').status).toBe(1)
  expect(flaw().status).toBe(0)
  expect(read(splits)).toContain(' if (others.length >= 1)')
  expect(flaw('--check').status).toBe(0)
}, 60_000)

test('what is in conflict is laid to be mended, and recorded after that', () => {
  edit(guard, '/i.exec(credential)?.[1]', '/i.exec(credential)?.at(1)')
  commit()
  const told = flaw()
  expect(told.status).toBe(1)
  expect(told.told).toContain('has conflicts: mend src/guard.ts')
  expect(flaw('--record').told).toContain('src/guard.ts has conflicts')
  expect(flaw('splits-on-spaces').told).toContain('record or remove it')
  const mended = read(laid).replace(
    /^<{7} now\n(?:.*\n)*={7}\n((?:.*\n)*)>{7} .*\n/m,
    '$1',
  )
  writeFileSync(join(copy, laid), mended)
  // What changes meanwhile is no part of the flaw.
  edit(guard, 'import type', '// New here.\nimport type')
  expect(flaw('--record').status).toBe(0)
  expect(existsSync(join(copy, laid))).toBe(false)
  const lines = read(splits).split('\n')
  expect(lines.filter((line) => /^[-+] /.test(line))).toEqual([
    '-  return /^Bearer +([\\w.~+/-]+=*)$/i.exec(credential)?.at(1)',
    "+  return credential.split(' ')[1]",
  ])
  expect(flaw('--check').status).toBe(0)
}, 60_000)

test('what no commit fits is laid as the patch that it is', () => {
  edit(splits, 'others.length > 0', 'others.length > 9')
  expect(flaw().status).toBe(1)
  expect(read(laid)).toContain("\n+  return credential.split(' ')[1]")
  expect(flaw('--record').status).toBe(1)
}, 60_000)

test('a patch whose lines have moved is brought to where they are', () => {
  const [, line] = /^@@ -(\d+),/m.exec(read(splits)) ?? []
  edit(guard, 'import type', '// New here.\nimport type')
  expect(flaw('--check').status).toBe(0)
  expect(flaw().status).toBe(0)
  const moved = Number(line) + 1
  expect(read(splits)).toContain(`@@ -${moved},5 +${moved},5 @@`)
}, 60_000)

test('a new flaw begins as a plain copy', () => {
  const folder = `${exercises}/knows-nobody`
  const place = `${exercises}/.built/flaw-knows-nobody/src/guard.ts`
  mkdirSync(join(copy, folder))
  const story = `${exercises}/splits-on-spaces/exercise.json`
  cpSync(join(copy, story), join(copy, folder, 'exercise.json'))
  expect(flaw('knows-nobody').status).toBe(0)
  expect(flaw('--record').told).toContain('nothing differs')
  edit(place, 'await verify(secret)', 'undefined')
  expect(flaw('--record').status).toBe(0)
  expect(read(`${folder}/flaw.patch`)).toContain(
    '-    const caller = await verify(secret)\n+    const caller = undefined\n',
  )
  expect(flaw('--check').status).toBe(0)
}, 60_000)
