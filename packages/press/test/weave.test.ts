import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Lesson,
  listPictures,
  parseLesson,
  readFronts,
  readLessons,
} from '../src/lesson.ts'
import { bless, compareLanguages } from '../src/parity.ts'
import { drawPicture } from '../src/picture.ts'
import { checkLessons } from '../src/rules.ts'
import { findDeclaration, readSource } from '../src/source.ts'
import { root, sourceOf } from '../src/steps.ts'
import { weave } from '../src/woven.ts'
import { readingTime } from './reading.ts'

const run = promisify(execFile)
const lessons = readLessons()
const fences = lessons.flatMap((lesson) => lesson.fences)
const sources = new Set(
  fences.flatMap(({ binding }) =>
    binding?.kind === 'source' ? [binding.to] : [],
  ),
)

const fronts = readFronts()
test.each([...lessons, ...fronts].map((it) => [it.file, it] as const))(
  '%s quotes what stands in the sources',
  async (_file, lesson) => {
    const { text, faults } = await weave(lesson, lessons)
    expect({ faults, text }).toEqual({ faults: [], text: lesson.text })
  },
)

const pictured = lessons.flatMap((lesson) =>
  listPictures(lesson).map((picture) => ({ ...lesson, ...picture })),
)

test('some lesson shows a picture', () => {
  expect(pictured).not.toEqual([])
})

test.each(pictured)('$file is as it is drawn', ({ file, name, language }) => {
  const drawn = drawPicture(name, language)
  expect(readFileSync(join(root, file), 'utf8')).toBe(drawn)
})

test.each(pictured)('$file is told to whoever does not see it', (picture) => {
  const { file, name, language, text } = picture
  const drawn = readFileSync(join(root, file), 'utf8')
  const [, told = ''] = /<title[^>]*>(.+)<\/title>/.exec(drawn) ?? []
  expect(told.length).toBeGreaterThan(100)
  expect(text).toContain(`![${told}](${name}.svg)`)
  expect(/[ぁ-ん]/.test(told)).toBe(language === 'ja')
})

// 3b takes two sittings.
const sittings = lessons.filter(({ name }) => name !== '3b-oauth.md')
test.each(sittings.map((it) => [it.file, it] as const))(
  '%s is read in fifteen minutes',
  (_file, lesson) => {
    expect(readingTime(lesson)).toBeLessThanOrEqual(15)
  },
)

test('every lesson keeps the rules', () => {
  expect(checkLessons(lessons)).toEqual([])
})

test('both languages say the same', () => {
  expect(compareLanguages(lessons)).toEqual([])
})

test('every fence of ts, json, http and diff is bound', () => {
  const loose = fences.filter(
    ({ language, binding }) => language !== 'sh' && !binding,
  )
  expect([...new Set(loose.map(({ language }) => language))]).toEqual([
    'console',
  ])
})

describe('findDeclaration', () => {
  const head =
    /^(?:export )?(?:async )?(?:function|class|const|interface) (\w+)/

  test.each([0, 1, 2, 3])('finds each one of step %i whole', (step) => {
    const files = readdirSync(sourceOf(step))
    expect(files).not.toEqual([])
    for (const file of files) {
      const text = readFileSync(join(sourceOf(step), file), 'utf8')
      const names = text.split('\n').map((line) => head.exec(line)?.[1])
      for (const name of names) {
        if (name === undefined) continue
        const found = findDeclaration(text, name) ?? ''
        expect(text).toContain(`\n${found}`)
        const count = (marks: RegExp) => found.match(marks)?.length ?? 0
        expect(count(/[({[]/g), `${file} ${name}`).toBe(count(/[)}\]]/g))
        // One at a time: the next one does not come along.
        const heads = found.split('\n').filter((line) => head.test(line))
        expect(heads).toHaveLength(1)
      }
    }
  })

  test('finds no declaration that is not there', () => {
    expect(findDeclaration('const a = 1\n', 'b')).toBe(undefined)
    expect(findDeclaration('const ab = 1\n', 'a')).toBe(undefined)
  })
})

let copy: string
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'guard-up-weave-'))
  for (const step of ['step-0', 'step-1', 'step-2', 'step-3', 'step-3-next']) {
    const place = join('packages', step, 'src')
    cpSync(join(root, place), join(copy, place), { recursive: true })
  }
  const kept = ['en', 'ja', 'glossary.md']
  const examples = ['exercises/retrofit', 'exercises/env-guard']
  for (const name of [...kept, ...examples]) {
    const place = join('lessons', name)
    cpSync(join(root, place), join(copy, place), { recursive: true })
  }
  const parts = ['issuer', 'office', 'press', 'workshop']
  for (const name of [...parts.map((it) => `${it}/src`), 'step-2/bin']) {
    const place = join('packages', name)
    cpSync(join(root, place), join(copy, place), { recursive: true })
  }
  for (const name of readdirSync(join(root, 'packages'))) {
    const place = join('packages', name, 'test')
    if (/^(step-[23]|press|workshop|guardcheck)$/.test(name)) {
      cpSync(join(root, place), join(copy, place), { recursive: true })
    }
  }
  for (const name of [
    '.difforder',
    'bench/clients.json',
    'bench/faults.json',
    'README.ja.md',
    'README.md',
    'bench/results.json',
    'package.json',
    'stages.json',
  ]) {
    cpSync(join(root, name), join(copy, name))
  }
  for (const name of ['node_modules', 'packages/press/node_modules']) {
    symlinkSync(join(root, name), join(copy, name), 'dir')
  }
  cpSync(
    join(root, 'packages/press/package.json'),
    join(copy, 'packages/press/package.json'),
  )
})
afterAll(() => rmSync(copy, { recursive: true }))

describe('a source that is edited', () => {
  test.each([...sources])(
    'is noticed at each line that %s quotes',
    (binding) => {
      const diff = /^(.*\/)?[\w-]+\.\.([\w-]+\/.*)$/.exec(binding)
      const [path = ''] = binding.split('#')
      const newer = diff ? `${diff[1] ?? ''}${diff[2]}` : path
      const place = newer.startsWith('lessons/') ? '' : 'packages'
      const quoted = readSource(binding, copy)
      const file = join(copy, place, newer)
      const text = readFileSync(file, 'utf8')
      const lines = text.split('\n')
      const shown = diff ? linesOf(quoted) : placeOf(quoted, text)
      try {
        expect(shown).not.toEqual([])
        for (const at of shown) {
          const edited = lines.with(at, `${lines[at]} // edited`)
          writeFileSync(file, edited.join('\n'))
          expect(readSource(binding, copy), lines[at]).not.toBe(quoted)
        }
      } finally {
        writeFileSync(file, text)
      }
    },
  )

  /** The lines of the newer file that a diff shows. */
  const linesOf = (diff: string) =>
    [...diff.matchAll(/^@@ -\S+ \+(\d+)(?:,(\d+))? @@/gm)].flatMap(
      ([, first, count = '1']) =>
        Array.from(
          { length: Number(count) },
          (_, at) => Number(first) - 1 + at,
        ),
    )

  /** The lines of a file in which a quotation stands. */
  const placeOf = (quoted: string, text: string) => {
    const first = text.slice(0, text.indexOf(quoted)).split('\n').length - 1
    const count = quoted.trimEnd().split('\n').length
    return Array.from({ length: count }, (_, at) => first + at)
  }

  test('turns weave --check red, and weaving turns it green', async () => {
    const file = join(copy, 'packages/step-1/src/guard.ts')
    const text = readFileSync(file, 'utf8')
    const weaveCopy = (...args: string[]) =>
      run(
        process.execPath,
        ['--import', 'tsx', 'packages/press/src/weave.ts', ...args],
        { cwd: copy },
      ).then(
        () => ({ code: 0, stderr: '' }),
        ({ code, stderr }: { code: number; stderr: string }) => ({
          code,
          stderr,
        }),
      )
    writeFileSync(file, text.replace("'no-store'", "'no-store, private'"))
    const pages = ['lessons/en/1-bearer.md', 'lessons/ja/1-bearer.md']
    const red = await weaveCopy('--check')
    expect(red.code).toBe(1)
    for (const page of pages) expect(red.stderr).toContain(`${page}:`)
    expect(await weaveCopy(...pages)).toEqual({ code: 0, stderr: '' })
    for (const page of pages) {
      const woven = readFileSync(join(copy, page), 'utf8')
      expect(woven).toBe(
        readFileSync(join(root, page), 'utf8').replace(
          "'Cache-Control', 'no-store'",
          "'Cache-Control', 'no-store, private'",
        ),
      )
    }
  }, 60_000)
})

test.each(fronts.map(({ file }) => file))(
  'a figure that is recorded anew turns %s red',
  async (file) => {
    const place = join(copy, 'bench/results.json')
    const text = readFileSync(place, 'utf8')
    const front = fronts.find((it) => it.file === file) as Lesson
    const results = JSON.parse(text)
    results.ratios['guarded/step-1'] = {
      ...{ median: 0.5, min: 0.3, max: 0.7 },
      ...{ low: 0.4, high: 0.6 },
    }
    writeFileSync(place, JSON.stringify(results))
    const woven = await weave(front, lessons, { folder: copy })
    writeFileSync(place, text)
    expect(woven.faults).toEqual([])
    expect(woven.text).not.toBe(front.text)
    expect(woven.text).toMatch(/0\.50.{1,2}0\.40.{1,4}0\.60/)
  },
)

test.each(['README.md', 'README.ja.md'])(
  'a bad day that is recorded anew turns %s red',
  async (file) => {
    const place = join(copy, 'bench/faults.json')
    const text = readFileSync(place, 'utf8')
    const front = fronts.find((it) => it.file === file) as Lesson
    const recorded = JSON.parse(text)
    recorded.faults.certificate.ms = 98_765
    writeFileSync(place, JSON.stringify(recorded))
    const woven = await weave(front, lessons, { folder: copy })
    writeFileSync(place, text)
    expect(woven.faults).toEqual([])
    expect(woven.text).toContain('98765')
  },
)

describe('a lesson that is edited', () => {
  const named = (file: string) =>
    lessons.find((lesson) => lesson.file === file) as Lesson

  /** What is said of all lessons when one of them is changed. */
  const faultsAfter = (file: string, change: (text: string) => string) => {
    const text = change(named(file).text)
    expect(text).not.toBe(named(file).text)
    const changed = parseLesson(file, text)
    const all = lessons.map((it) => (it.file === file ? changed : it))
    return [...checkLessons(all), ...compareLanguages(all)].join('\n')
  }
  const [en, ja] = ['lessons/en/1-bearer.md', 'lessons/ja/1-bearer.md']

  test.each([
    ['an unbound fence', '```ts\nconst a = 1\n```', 'is not bound'],
    ['an unbound exchange', '```http\nGET /\n```', 'is not bound'],
    ['a language that is not known', '```rust\n\n```', 'is not bound'],
    ['a command that nothing runs', '```console\nrm -r .\n```', 'no command'],
    ['a copy of nothing', '```console\ncp no.ts .\n```', 'no command'],
    ['a line of shell that no test runs', '```sh\nls\n```', 'no test runs'],
    ['a variable that nothing reads', '`MCP_INVENTED`', 'nothing reads'],
    ['a property twice', '`tls/hsts`', 'is taught in'],
    ['an easy word', 'It is simply so.', 'calls it easy'],
    ['a count', 'It has 47 lines.', 'counts'],
    [
      'an attack that nobody can run',
      '`npm run attack 1 no-such`',
      'no attack',
    ],
    ['a path of a machine', 'It is in /home/me/it.', 'of one machine'],
    ['two sentences on a line', 'It was so. It is so.', 'two sentences'],
    ['a heading', '### More', 'other headings'],
  ])('%s in English is noticed', (_what, addition, fault) => {
    const said = faultsAfter(en, (text) =>
      text.replace('## The door\n', `## The door\n\n${addition}\n`),
    )
    expect(said).toContain(fault)
  })

  test.each([
    ['である体', 'これは正しいのである。', 'です・ます'],
    ['a half-width mark', 'これは正しいです.', 'half-width'],
    ['a mark inside bold', '**これは正しいです。**', 'inside bold'],
    ['a space beside a word', 'これは Node で動きます。', 'space beside'],
    ['a full-width letter', 'ＨＴＴＰで送ります。', 'full-width'],
    [
      'a word that the glossary replaces',
      '認証情報を送ります。',
      'says 資格情報',
    ],
    ['a broken paragraph', 'これは正しく、\nあれも正しいです。', 'two lines'],
    ['an easy word', '簡単にできます。', 'calls it easy'],
    [
      'another exchange',
      '```http exchange="step-0"\nGET /\n```',
      'other fences',
    ],
  ])('%s in Japanese is noticed', (_what, addition, fault) => {
    const said = faultsAfter(ja, (text) =>
      text.replace('## 扉\n', `## 扉\n\n${addition}\n`),
    )
    expect(said).toContain(fault)
  })

  test('a line of code that is explained by another number is noticed', () => {
    const said = faultsAfter(en, (text) =>
      text.replace('| 14 | `next()`', '| 13 | `next()`'),
    )
    expect(said).toContain('next() is not in line 13')
  })

  test('a property that loses its paragraph is noticed', () => {
    const said = faultsAfter(en, (text) =>
      text.replace('(`bearer/no-store`)', ''),
    )
    expect(said).toContain('No lesson in en teaches bearer/no-store.')
  })

  test('a table that is not at the end is noticed', () => {
    const said = faultsAfter(en, (text) => `${text}\n## More\n`)
    expect(said).toContain('does not stand at its end')
  })

  test('diffs in another order are noticed', () => {
    const said = faultsAfter('lessons/en/3b-oauth.md', (text) =>
      text
        .replace('step-2..step-3/src/guard.ts', 'X')
        .replace('step-2..step-3/src/env.ts', 'step-2..step-3/src/guard.ts')
        .replace('"X"', '"step-2..step-3/src/env.ts"'),
    )
    expect(said).toContain('not in the order')
  })

  test('an English section that moves on names what to read again', () => {
    const said = faultsAfter(en, (text) =>
      text.replace('The secret stands in the source.', 'It is in the source.'),
    )
    expect(said).toContain(`${ja} may be stale: “The key” of ${en}`)
  })

  test('a translation that is blessed is stale no more', () => {
    const text = named(en).text.replace('The secret stands', 'It stands')
    const english = parseLesson(en, text)
    const read = parseLesson(ja, bless(english, named(ja)))
    const others = lessons.filter(({ file }) => file !== en && file !== ja)
    expect(compareLanguages([english, read, ...others])).toEqual([])
    // Blessing again leaves one record.
    expect(bless(english, read)).toBe(read.text)
  })

  test('a page in one language is noticed', () => {
    const rest = lessons.filter(({ file }) => file !== ja)
    expect(compareLanguages(rest).join()).toContain('in one language only')
  })
})
