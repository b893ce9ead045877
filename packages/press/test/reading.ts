import { type Lesson, readProse } from '../src/lesson.ts'

/** Words, or characters of Japanese, that somebody reads in a minute. */
const pace = { en: 200, ja: 500 }

/** Seconds for a line: code is read, what a command printed is looked over. */
const seconds = { read: 3, lookedOver: 1 }

/**
 * Minutes that a page takes: its prose, each line of code that is not blank,
 * and a glance at each row of a woven table.
 */
export function readingTime(lesson: Lesson): number {
  const { language, fences, tables, spans, text } = lesson
  const prose = readProse(lesson)
  const count =
    language === 'en'
      ? prose.split(/\s+/).filter((word) => /\w/.test(word)).length
      : prose.replace(/[^\p{L}\p{N}]/gu, '').length
  const linesOf = (content: string) =>
    content.split('\n').filter((line) => line.trim()).length
  const rows = tables
    .filter(({ name }) => name !== 'picture')
    .map(({ start, end }) => linesOf(text.slice(start, end)))
  const lines = fences.map((fence) => {
    const isCode = ['ts', 'diff'].includes(fence.language)
    const each = isCode ? seconds.read : seconds.lookedOver
    return linesOf(fence.content) * each
  })
  const sum = (all: number[]) => all.reduce((total, it) => total + it, 0)
  const looked = sum(lines) + sum(rows) * seconds.lookedOver
  // A name in backticks is read as one word.
  return count / pace[language] + spans.length / pace.en + looked / 60
}
