import { catalogue, type Property } from 'guardcheck'
import { tellCost } from './cost.ts'
import { tellFaults } from './faults.ts'
import type { Language, Lesson, Table } from './lesson.ts'
import { tellClients } from './observed.ts'
import { embedPicture } from './picture.ts'

const steps = [0, 1, 2, 3]
const ids = new Map<string, Property>(catalogue.map((it) => [it.id, it]))

const words = {
  en: { property: 'property', holds: 'what holds', step: 'step' },
  ja: { property: 'プロパティ', holds: '成り立つこと', step: 'ステップ' },
}

/** The properties that a lesson teaches, in the order of the catalogue. */
export function readTaught({ spans }: Lesson): Property[] {
  return catalogue.filter(({ id }) => spans.includes(id))
}

/**
 * What stands in a table of a lesson, by the name of the table.
 * @throws {Error} when it can't be said
 */
export function tell(
  table: Table,
  lesson: Lesson,
  lessons: Lesson[],
  folder?: string,
): string {
  if (table.name === 'properties') return tellTaught(lesson)
  if (table.name === 'open') return tellOpen(table.words, lesson, lessons)
  if (table.name === 'lessons') return tellLessons(lesson.language, lessons)
  if (table.name === 'clients') {
    return tellClients(table.words[0], lesson.language)
  }
  if (table.name === 'picture') {
    return embedPicture(`${table.words[0]}`, lesson.language)
  }
  if (table.name === 'cost') return tellCost(lesson.language, folder)
  if (table.name === 'faults') return tellFaults(lesson.language, folder)
  throw new Error(`There is no table called ${table.name}.`)
}

/** Each property of a lesson, and at which steps it holds. */
function tellTaught(lesson: Lesson): string {
  const { property, holds, step } = words[lesson.language]
  const head = [property, holds, ...steps.map((it) => `${step} ${it}`)]
  const rows = readTaught(lesson).map(({ id, claim, since }) => [
    `\`${id}\``,
    claim[lesson.language],
    ...steps.map((it) => markOf(id, it, since)),
  ])
  const rule = head.map((_, index) => (index < 2 ? '---' : ':-:'))
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('')
}

/** Before there is an issuer, nothing can be said of it. */
const markOf = (id: string, step: number, since: number) => {
  if (step >= since) return '✓'
  return id.startsWith('issuer/') ? '–' : '✗'
}

/** What fails at the step of a lesson, and which lesson mends it. */
function tellOpen(open: string[], lesson: Lesson, lessons: Lesson[]): string {
  const lines = open.map((id) => {
    const property = ids.get(id)
    if (!property) throw new Error(`There is no property ${id}.`)
    if (property.since <= (lesson.step ?? 3)) {
      throw new Error(`${id} holds at this step.`)
    }
    const mending = lessons.find(
      (it) => it.language === lesson.language && it.spans.includes(id),
    )
    if (!mending) throw new Error(`No lesson teaches ${id}.`)
    const link = `[${mending.headings[0]?.text}](${mending.name})`
    const claim = property.claim[lesson.language]
    return lesson.language === 'ja'
      ? `- ✗ ${claim}（${link}）\n`
      : `- ✗ ${claim} (${link})\n`
  })
  return lines.join('')
}

/** Every lesson of a language by its title. */
export function tellLessons(language: Language, lessons: Lesson[]): string {
  return lessons
    .filter((it) => it.language === language)
    .map(({ headings, name }) => `- [${headings[0]?.text}](${name})\n`)
    .join('')
}
