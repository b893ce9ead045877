import { execFileSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDocument } from '../src/documents.ts'
import { OfficeError } from '../src/refusal.ts'
import { refusal, root, scratch } from './scratch.ts'

/** A documents folder with something beside it that must stay unread. */
async function folder() {
  const outside = await scratch()
  const inside = join(outside, 'documents')
  await mkdir(join(inside, 'sub'), { recursive: true })
  await writeFile(join(outside, 'outside.md'), 'outside')
  await mkdir(join(outside, 'documents-too'))
  await writeFile(join(outside, 'documents-too', 'a.md'), 'outside')
  await writeFile(join(inside, 'a.md'), 'あ')
  await writeFile(join(inside, 'sub', 'b.md'), 'b')
  return { outside, inside }
}

test.each(['', '.', './'])('the path %j lists every document', async (path) => {
  const list = await readDocument(path)
  expect(list.split('\n')).toContain('hr/salaries-2026.md')
})

test('every listed document can be read, and is in both languages', async () => {
  for (const path of (await readDocument('.')).split('\n')) {
    expect(await readDocument(path)).toMatch(/[a-z].*[ぁ-ん]/s)
  }
})

test('a document in a folder below is read', async () => {
  const { inside } = await folder()
  expect(await readDocument('sub/b.md', inside)).toBe('b')
  expect(await readDocument('./a.md', inside)).toBe('あ')
})

test.each([
  ['../outside.md', 'leads upwards'],
  ['..', 'leads upwards'],
  ['sub/../../outside.md', 'leads upwards'],
  ['../documents-too/a.md', 'leads upwards'],
  ['sub/../a.md', 'leads upwards'],
  ['/etc/passwd', 'is absolute'],
  ['//a.md', 'is absolute'],
  ['..\\outside.md', 'has a backslash'],
  ['C:\\a.md', 'has a backslash'],
  ['a.md\0.txt', 'has a NUL'],
  ['sub', 'is not a document'],
  ['sub/', 'is not a document'],
  ['none.md', 'There is no document'],
  ['a.md/b', 'There is no document'],
  ['%2e%2e/outside.md', 'There is no document'],
])('the path %j is refused in a sentence', async (path, reason) => {
  const { inside } = await folder()
  const message = await refusal(readDocument(path, inside))
  expect(message).toContain(reason)
  expect(message).toMatch(/^[A-Z].{0,200}\.$/)
})

test('a path too long for any document is refused briefly', async () => {
  const message = await refusal(readDocument('a'.repeat(100_000)))
  expect(message).toMatch(/^There is no document "a{80}…"/)
})

test('a link that leads outside opens nothing', async () => {
  const { outside, inside } = await folder()
  await symlink(join(outside, 'outside.md'), join(inside, 'file.md'))
  await symlink(outside, join(inside, 'folder'))
  await symlink('../documents-too', join(inside, 'too'))
  for (const path of ['file.md', 'folder/outside.md', 'too/a.md']) {
    expect(await refusal(readDocument(path, inside))).toContain('outside')
  }
  expect(await readDocument('', inside)).toBe('a.md\nsub/b.md')
})

test('a link that stays inside is read', async () => {
  const { inside } = await folder()
  await symlink('sub/b.md', join(inside, 'link.md'))
  expect(await readDocument('link.md', inside)).toBe('b')
})

describe('a file that is no document', () => {
  test('is refused when it is over 256 KiB, and read when it is not', async () => {
    const { inside } = await folder()
    await writeFile(join(inside, 'most.md'), 'a'.repeat(256 * 1024))
    await writeFile(join(inside, 'over.md'), 'a'.repeat(256 * 1024 + 1))
    expect(await readDocument('most.md', inside)).toHaveLength(256 * 1024)
    expect(await refusal(readDocument('over.md', inside))).toContain('256 KiB')
  })

  test('is refused when it is not UTF-8', async () => {
    const { inside } = await folder()
    await writeFile(join(inside, 'sjis.md'), Buffer.from([0x82, 0xa0]))
    expect(await refusal(readDocument('sjis.md', inside))).toContain('UTF-8')
  })

  test('is refused when it is a named pipe, without waiting on it', async () => {
    const { inside } = await folder()
    execFileSync('mkfifo', [join(inside, 'pipe')])
    const message = await refusal(readDocument('pipe', inside))
    expect(message).toContain('is not a document')
  })
})

test('no path opens anything but a document', async () => {
  const { outside, inside } = await folder()
  await symlink(outside, join(inside, 'out'))
  const part = fc.oneof(
    fc.constantFrom('..', '.', '', 'sub', 'out', 'a.md', 'outside.md', '%2e'),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  const glue = fc.constantFrom('/', '\\', '//', '\0')
  const path = fc
    .tuple(fc.array(part, { maxLength: 6 }), glue)
    .map(([parts, glue]) => parts.join(glue))
  const allowed = ['あ', 'b', 'a.md\nsub/b.md']
  await fc.assert(
    fc.asyncProperty(path, async (path) => {
      const read = await readDocument(path, inside).catch((error) => error)
      if (read instanceof OfficeError) return
      expect(allowed).toContain(read)
    }),
    { numRuns: 200 },
  )
})

test('no refusal shows a place on the machine or an unseen character', async () => {
  const path = fc.string({ unit: 'binary', maxLength: 300 })
  await fc.assert(
    fc.asyncProperty(path, async (path) => {
      const read = await readDocument(`?${path}`).catch((error) => error)
      expect(read.message).not.toContain(root)
      expect(read.message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
      expect(read.message.length).toBeLessThan(1_100)
    }),
  )
})
