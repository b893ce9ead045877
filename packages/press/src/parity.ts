import { createHash } from 'node:crypto'
import type { Lesson } from './lesson.ts'

/**
 * Eight hexadecimal digits for each section of a lesson's prose, in order.
 * What is woven does not count: code alone never makes a translation stale.
 */
export function digestSections(lesson: Lesson): string[] {
  const { text, headings, fences, tables } = lesson
  const woven = [...fences.filter(({ binding }) => binding), ...tables]
  return headings.map(({ start }, index) => {
    const end = headings[index + 1]?.start ?? text.length
    const prose = woven
      .filter((it) => it.start >= start && it.end <= end)
      .sort((a, b) => b.start - a.start)
      .reduce(
        (rest, it) =>
          rest.slice(0, it.start - start) + rest.slice(it.end - start),
        text.slice(start, end),
      )
      .replace(/\s+/g, ' ')
      .trim()
    return createHash('sha256').update(prose).digest('hex').slice(0, 8)
  })
}

/** The text of a translation which says that it is one of `english`. */
export function bless(english: Lesson, translation: Lesson): string {
  const rest = translation.text.replace(/^---\n[\s\S]*?\n---\n\n?/, '')
  return `---\ntranslates: ${digestSections(english).join(' ')}\n---\n\n${rest}`
}

/** One sentence per way in which the languages have come apart. */
export function compareLanguages(lessons: Lesson[]): string[] {
  const pages = (language: string) =>
    new Map(
      lessons
        .filter((lesson) => lesson.language === language)
        .map((lesson) => [lesson.name, lesson]),
    )
  const [en, ja] = [pages('en'), pages('ja')]
  const alone = [
    ...[...en.values()].filter(({ name }) => !ja.has(name)),
    ...[...ja.values()].filter(({ name }) => !en.has(name)),
  ]
  return [
    ...alone.map(({ file }) => `${file} is there in one language only.`),
    ...[...en.values()].flatMap((english) => {
      const translation = ja.get(english.name)
      return translation ? comparePages(english, translation) : []
    }),
  ]
}

function comparePages(english: Lesson, translation: Lesson): string[] {
  const { file } = translation
  const parts: [string, (lesson: Lesson) => string[]][] = [
    ['headings', ({ headings }) => headings.map(({ depth }) => `h${depth}`)],
    ['fences and tables', listParts],
    ['properties', readIds],
  ]
  const faults = parts.flatMap(([what, read]) => {
    const [a, b] = [read(english), read(translation)]
    const at = a.findIndex((it, index) => it !== b[index])
    if (at < 0 && a.length === b.length) return []
    const place = at < 0 ? a.length : at
    return [
      `${file} has other ${what} than ${english.file}: ` +
        `${b[place] ?? 'nothing'} where that has ${a[place] ?? 'nothing'}.`,
    ]
  })
  return [...faults, ...findStale(english, translation)]
}

const listParts = ({ fences, tables }: Lesson) =>
  [
    ...fences.map(({ start, language, binding, content }) => ({
      start,
      part: binding
        ? `${language} ${binding.kind}="${binding.to}" ${binding.numbered}`
        : `${language}: ${content.replace(/#.*$/gm, '').replace(/\s+/g, ' ')}`,
    })),
    ...tables.map(({ start, name, words }) => ({
      start,
      part: [name, ...words].join(' '),
    })),
  ]
    .sort((a, b) => a.start - b.start)
    .map(({ part }) => part)

const readIds = ({ spans }: Lesson) =>
  [...new Set(spans.filter((it) => /^[a-z]+\/[a-z0-9-]+$/.test(it)))].sort()

/** Names the English section that has moved since the translation. */
function findStale(english: Lesson, { file, translates }: Lesson): string[] {
  if (!translates) return [`${file} says not what it translates: bless it.`]
  const recorded = translates.split(' ')
  const now = digestSections(english)
  const moved = english.headings.filter((_, at) => now[at] !== recorded[at])
  return moved.map(
    ({ text }) =>
      `${file} may be stale: “${text}” of ${english.file} has changed. ` +
      `Read it again, then: npm run weave -- --bless ${file}`,
  )
}
