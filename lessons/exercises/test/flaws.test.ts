import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parsePatch } from 'diff'
import { describe, expect, test } from 'vitest'
import { breakBase, listExercises, readBase } from '../exercise.ts'
import { applyTo, combine, createPatch } from '../patch.ts'

const here = fileURLToPath(new URL('../', import.meta.url))

describe('each broken server', async () => {
  test.for(await listExercises())('%s applies to its base', async (name) => {
    const { base, sources, misfits } = await breakBase(name)
    expect(misfits, 'npm run -s flaw').toEqual([])
    expect(sources).not.toEqual(await readBase(base))
  })

  test.for(await listExercises())('%s is a story and a flaw', (name) => {
    const files = readdirSync(here + name).sort()
    expect(files).toEqual(['exercise.json', 'flaw.patch'])
  })
})

describe('two changes of a text', () => {
  const before = 'a\nb\nc\n'

  test('are combined, also right beside each other', () => {
    expect(combine(before, 'a\nX\nc\n', 'a\nb\nY\n')).toBe('a\nX\nY\n')
    expect(combine(before, 'b\nc\n', 'a\nX\nb\nc\n')).toBe('X\nb\nc\n')
    expect(combine(before, 'a\nc\n', 'a\nX\nb\nc\n')).toBe('a\nX\nc\n')
    expect(combine(before, before, 'a\nb\nc\nX\n')).toBe('a\nb\nc\nX\n')
  })

  test('are not when they change the same line or fill the same place', () => {
    expect(combine(before, 'a\nX\nc\n', 'a\nY\nc\n')).toBe(undefined)
    expect(combine(before, 'a\nc\n', 'a\n')).toBe(undefined)
    const inserted = ['a\nX\nb\nc\n', 'a\nY\nb\nc\n'] as const
    expect(combine(before, ...inserted)).toBe(undefined)
  })
})

describe('a patch', () => {
  const record = (before: string, after: string) => {
    const files = [before, after].map((text) => new Map([['src/a.ts', text]]))
    return createPatch(...(files as [Map<string, string>, Map<string, string>]))
  }
  const apply = (patch: string, text: string) => {
    const [change] = parsePatch(patch)
    return change && applyTo(new Map([['src/a.ts', text]]), change)
  }
  const lines = (text: string) => `${text.split(' ').join('\n')}\n`

  test('applies where its lines have moved to', () => {
    const patch = record(lines('a b c d e'), lines('a b X d e'))
    expect(apply(patch, lines('1 2 a b c d e'))).toBe(lines('1 2 a b X d e'))
  })

  test('applies neither where a line beside it changed nor to no file', () => {
    const patch = record(lines('a b c d e'), lines('a b X d e'))
    expect(apply(patch, lines('a B c d e'))).toBe(undefined)
    const [change] = parsePatch(patch)
    expect(change && applyTo(new Map(), change)).toBe(undefined)
  })

  test('applies to none of two places', () => {
    const patch = record(lines('a b c d e'), lines('a b X d e'))
    const twice = lines('a b c d e - a b c d e')
    expect(apply(patch, twice)).toBe(undefined)
  })

  test('has as many lines around it as make its place certain', () => {
    const twice = lines('1 a b c d e - 2 a b c d e')
    const broken = lines('1 a b c d e - 2 a b X d e')
    expect(apply(record(twice, broken), twice)).toBe(broken)
    expect(record(lines('1 2 3 c 5 6 7'), lines('1 2 3 X 5 6 7'))).toBe(
      `--- src/a.ts
+++ src/a.ts
@@ -2,5 +2,5 @@
 2
 3
-c
+X
 5
 6
`,
    )
  })

  test('makes a file that was not there, and loses none', () => {
    const empty = new Map<string, string>()
    const added = new Map([['src/b.ts', lines('a b')]])
    const [change] = parsePatch(createPatch(empty, added))
    expect(change && applyTo(empty, change)).toBe(lines('a b'))
    expect(change && applyTo(added, change)).toBe(undefined)
    expect(() => createPatch(added, empty)).toThrow('src/b.ts is gone')
  })
})
