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
import { checkStages, measureStage, root, type Stage } from '../src/steps.ts'

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
  for (const file of ['stages.json', '.difforder']) {
    cpSync(join(root, file), join(copy, file))
  }
  for (const step of ['step-0', 'step-1', 'step-2', 'step-3']) {
    const source = join('packages', step, 'src')
    cpSync(join(root, source), join(copy, source), { recursive: true })
  }
})
afterEach(() => rmSync(copy, { recursive: true }))

const edit = (file: string, change: (text: string) => string) =>
  editText(join('packages', file), change)

const editText = (file: string, change: (text: string) => string) => {
  const path = join(copy, file)
  writeFileSync(path, change(readFileSync(path, 'utf8')))
}

const editParts = (change: (parts: NonNullable<Stage['parts']>) => void) =>
  editText('stages.json', (text) => {
    const stages = JSON.parse(text)
    change(stages['step-3'].parts)
    return JSON.stringify(stages)
  })

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

test('a part over its limit is found, when its step is within its own', () => {
  editParts(({ '3c': part }) => {
    if (part) part.lines.atMost = part.lines.added - 1
  })
  expect(checkStages(copy).join()).toMatch(/^part 3c changes more than \d+ /)
})

test('a part of another size is found', () => {
  editParts(({ '3c': part }) => {
    if (part) part.lines.added -= 1
  })
  expect(checkStages(copy).join()).toContain('part 3c is +')
})

test('a file that no part tells is found', () => {
  editParts(({ '3b': part }) => part?.files.pop())
  expect(checkStages(copy).join()).toContain(
    '0 parts of step-3 tell authority.ts.',
  )
})

test('a file that two parts tell is found', () => {
  editParts(({ '3a': part }) => part?.files.push('scopes.ts'))
  expect(checkStages(copy).join()).toContain('2 parts of step-3 tell scopes.ts')
})

test('a part that tells a frozen file is found', () => {
  editParts(({ '3a': part }) => part?.files.push('tools.ts'))
  expect(checkStages(copy)).toEqual([
    'A part tells tools.ts, which step-3 leaves as it was.',
  ])
})

test('a file that is told at no place in the order is found', () => {
  editText('.difforder', (text) => text.replace('*/scopes.ts\n', ''))
  expect(checkStages(copy)).toEqual([
    'step-3 tells scopes.ts, and .difforder not when.',
  ])
})
