import {
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkStages, measureStage, root } from '../src/steps.ts'

test('every step is what stages.json says it is', () => {
  expect(checkStages()).toEqual([])
})

test('step 1 deletes nothing and changes no file but app.ts', () => {
  const { changes, lines } = measureStage(1)
  expect({ changes, deleted: lines.deleted }).toEqual({
    changes: ['app.ts'],
    deleted: 0,
  })
})

let copy: string
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'guard-up-stages-'))
  cpSync(join(root, 'stages.json'), join(copy, 'stages.json'))
  for (const step of ['step-0', 'step-1', 'step-2', 'step-3']) {
    const source = join('packages', step, 'src')
    cpSync(join(root, source), join(copy, source), { recursive: true })
  }
})
afterEach(() => rmSync(copy, { recursive: true }))

const edit = (file: string, change: (text: string) => string) => {
  const path = join(copy, 'packages', file)
  writeFileSync(path, change(readFileSync(path, 'utf8')))
}

test('an edit of a frozen file is found', () => {
  edit('step-1/src/tools.ts', (text) => `${text}// edited\n`)
  expect(checkStages(copy).join()).toContain('tools.ts')
})

test('an edit of the step before that was not carried is found', () => {
  edit('step-0/src/main.ts', (text) => `${text}// edited\n`)
  expect(checkStages(copy).join()).toContain('main.ts')
})

test('a file that vanished is found', () => {
  rmSync(join(copy, 'packages/step-1/src/stdio.ts'))
  expect(checkStages(copy).join()).toContain('has lost stdio.ts')
})

test('a diff of another size is found', () => {
  edit('step-1/src/guard.ts', (text) => `${text}// one more line\n`)
  expect(checkStages(copy).join()).toContain('stages.json says +')
})

test('a diff over its limit is found', () => {
  edit('step-1/src/guard.ts', (text) => `${text}${'// more\n'.repeat(80)}`)
  expect(checkStages(copy).join()).toContain('more than 75 lines')
})
