import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../src/steps.ts'
import { readMap } from '../map.ts'

const id = 'bearer/added-by-the-map'
const flaw = 'added-by-the-map'

let copy: string
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'guard-up-map-'))
  copyRepository(copy)
})
afterAll(() => rmSync(copy, { recursive: true }))

test('a property that is added as CONTRIBUTING.md says is listed, told and seen red, and goes without a trace', () => {
  const { name, places } = sampleOf('property')
  const files = places.filter((it) => /\.\w+$/.test(it))
  const [file = '', family = '', ...lessons] = files
  const before = files.map((it) => readFileSync(join(copy, it), 'utf8'))

  // Add a property.
  const added = join(dirname(file), 'added-by-the-map.ts')
  const text = readFileSync(join(copy, file), 'utf8')
  const [, noun = ''] = /^export const (\w+): Property/m.exec(text) ?? []
  writeFileSync(
    join(copy, added),
    text.replace(name, id).replace(`const ${noun}:`, 'const addedByTheMap:'),
  )
  const from = relative(dirname(family), added)
  edit(family, (text) => {
    const list = text.replace(`  ${noun},\n`, `  ${noun},\n  addedByTheMap,\n`)
    return `import { addedByTheMap } from './${from}'\n${list}`
  })
  expect(list()).toContain(id)
  expect(run('weave', '--check').said).toContain(
    `No lesson in en teaches ${id}.`,
  )
  for (const lesson of lessons) {
    edit(lesson, (text) =>
      text.replace(`\`${name}\``, `\`${name}\`, \`${id}\``),
    )
  }
  expect(run('weave')).toMatchObject({ code: 0 })
  expect(run('weave', '--bless', lessons.at(-1) ?? '')).toMatchObject({
    code: 0,
  })
  expect(run('weave', '--check')).toEqual({ code: 0, said: '' })

  // Add a broken server.
  const broken = join(dirname(sampleOf('broken server').places[0] ?? ''), flaw)
  mkdirSync(join(copy, broken))
  const story = {
    en: 'The guard forbids no cache.',
    ja: 'キャッシュを禁じない。',
  }
  const exercise = { base: 'step-1', story, red: [name, id] }
  writeFileSync(join(copy, broken, 'exercise.json'), JSON.stringify(exercise))
  const laid = run('flaw', flaw).said.split(' ').at(-1)?.trim() ?? ''
  edit(join(laid, 'src/guard.ts'), (text) =>
    text.replace("    res.set('Cache-Control', 'no-store')\n", ''),
  )
  expect(run('flaw', '--record')).toMatchObject({ code: 0 })
  expect(existsSync(join(copy, broken, 'flaw.patch'))).toBe(true)
  expect(judge(flaw, long, 'test/long/exercises.test.ts')).toBe(1)
  // Not yet at step 0, and from step 1 on.
  expect(judge(id, 'test/step-0.test.ts', 'test/step-1.test.ts')).toBe(2)

  // Gone again.
  rmSync(join(copy, broken), { recursive: true })
  rmSync(join(copy, added))
  files.forEach((it, at) => {
    writeFileSync(join(copy, it), before[at] ?? '')
  })
  expect(list()).not.toContain(id)
})

const long = '--config=vitest.long.config.ts'

function sampleOf(kind: string) {
  const sample = readMap().find((it) => it.kind === kind)
  if (!sample) throw new Error(`The map has no ${kind}.`)
  return sample
}

function edit(place: string, change: (text: string) => string): void {
  const text = readFileSync(join(copy, place), 'utf8')
  expect(change(text), place).not.toBe(text)
  writeFileSync(join(copy, place), change(text))
}

/** Runs a script of the copy: its status, and what it said. */
function run(script: string, ...args: string[]) {
  try {
    const command = ['run', '-s', script, '--', ...args]
    const options = { cwd: copy, encoding: 'utf8', stdio: 'pipe' } as const
    return { code: 0, said: execFileSync('npm', command, options) }
  } catch (error) {
    const { status, stdout, stderr } = error as Record<string, string>
    return { code: status, said: `${stdout}${stderr}` }
  }
}

const list = () => run('guardcheck', 'list').said

/** Runs what the suite has about `name`, and says how much passed. */
function judge(name: string, ...files: string[]): number {
  const args = ['vitest', 'run', ...files, '-t', name]
  const printed = execFileSync('npx', [...args, '--reporter=json'], {
    cwd: join(copy, 'packages/proof'),
    encoding: 'utf8',
    stdio: 'pipe',
  })
  return JSON.parse(printed).numPassedTests
}

/** Copies what a clone would hold, and links what is installed. */
function copyRepository(folder: string): void {
  const args = ['ls-files', '-z', '-co', '--exclude-standard']
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' })
  const files = [...new Set(listed.split('\0').filter(Boolean))]
  for (const file of files.filter((it) => existsSync(join(root, it)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    copyFileSync(join(root, file), join(folder, file))
    const installed = join(dirname(file), 'node_modules')
    if (!file.endsWith('package.json') || installed === 'node_modules') continue
    if (!existsSync(join(root, installed))) continue
    cpSync(join(root, installed), join(folder, installed), {
      recursive: true,
      verbatimSymlinks: true,
    })
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
}
