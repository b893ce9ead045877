import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Code, Html, Root } from 'mdast'
import remarkFrontmatter from 'remark-frontmatter'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { visit } from 'unist-util-visit'
import { root } from './steps.ts'

export type Language = 'en' | 'ja'

/** A page of lessons, with what it consists of, in order. */
export interface Lesson {
  /** From the root, such as `lessons/en/1-bearer.md`. */
  file: string
  language: Language
  /** The same in every language, such as `1-bearer.md`. */
  name: string
  /** The step that it is about; undefined beyond the last one. */
  step: number | undefined
  text: string
  fences: Fence[]
  tables: Table[]
  headings: Heading[]
  /** What stands in backticks outside the fences and tables. */
  spans: string[]
  /** The lines of `translates:` in its front matter, as one text. */
  translates: string | undefined
}

/** A fenced block; `binding` is what its first line says of its content. */
export interface Fence {
  language: string
  binding: Binding | undefined
  content: string
  line: number
  /** Where its content begins and ends in the text of the lesson. */
  start: number
  end: number
}

export interface Binding {
  kind: 'source' | 'run' | 'exchange' | 'log' | 'ledger'
  to: string
  /** Each line begins with its number, for a text that explains them. */
  numbered: boolean
}

/** What stands between `<!-- NAME WORDS -->` and `<!-- /NAME -->`. */
export interface Table {
  name: string
  words: string[]
  line: number
  start: number
  end: number
}

export interface Heading {
  depth: number
  text: string
  start: number
}

const parser = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkFrontmatter, ['yaml'])

export const languages: Language[] = ['en', 'ja']

/** All lessons of both languages, in the order of their names. */
export function readLessons(folder = root): Lesson[] {
  return languages.flatMap((language) =>
    readdirSync(join(folder, 'lessons', language))
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => {
        const file = `lessons/${language}/${name}`
        return parseLesson(file, readFileSync(join(folder, file), 'utf8'))
      }),
  )
}

/** The texts of the root in which something is woven, read as lessons are. */
export function readFronts(folder = root): Lesson[] {
  return languages.map((language) => {
    const file = language === 'en' ? 'README.md' : `README.${language}.md`
    const text = readFileSync(join(folder, file), 'utf8')
    return { ...parseLesson(file, text), language }
  })
}

/** Says what the text of a lesson consists of. */
export function parseLesson(file: string, text: string): Lesson {
  const [, language = 'en', name = ''] = /(en|ja)\/([^/]+)$/.exec(file) ?? []
  const [, step] = /^(\d)/.exec(name) ?? []
  const tree: Root = parser.parse(text)
  const lesson: Lesson = {
    file,
    language: language as Language,
    name,
    step: step === undefined ? undefined : Number(step),
    text,
    fences: [],
    tables: [],
    headings: [],
    spans: [],
    translates: undefined,
  }
  let open: Html | undefined
  visit(tree, (node) => {
    const start = node.position?.start.offset ?? 0
    const end = node.position?.end.offset ?? 0
    if (node.type === 'yaml') {
      lesson.translates = /^translates: *(.*)$/m.exec(node.value)?.[1]
    }
    if (node.type === 'code') lesson.fences.push(readFence(node, text))
    // What a table says is woven: it teaches nothing by itself.
    if (node.type === 'inlineCode' && !open) lesson.spans.push(node.value)
    if (node.type === 'heading') {
      const line = text.slice(start, end).replace(/^#+ */, '')
      lesson.headings.push({ depth: node.depth, text: line, start })
    }
    if (node.type === 'html' && /^<!-- \/\w+ -->$/.test(node.value)) {
      if (open) lesson.tables.push(readTable(open, start))
      open = undefined
    } else if (node.type === 'html' && /^<!-- \w+/.test(node.value)) {
      open = node
    }
  })
  return lesson
}

function readFence(node: Code, text: string): Fence {
  const start = node.position?.start.offset ?? 0
  const end = node.position?.end.offset ?? 0
  const begins = text.indexOf('\n', start) + 1
  const [, kind, to = '', numbered] =
    /^(source|run|exchange|log|ledger)="([^"]+)"( numbered)?$/.exec(
      node.meta ?? '',
    ) ?? []
  return {
    language: node.lang ?? '',
    binding: kind
      ? { kind: kind as Binding['kind'], to, numbered: Boolean(numbered) }
      : undefined,
    content: text.slice(begins, text.lastIndexOf('\n', end - 1) + 1),
    line: node.position?.start.line ?? 0,
    start: begins,
    end: text.lastIndexOf('\n', end - 1) + 1,
  }
}

function readTable({ value, position }: Html, end: number): Table {
  const [name = '', ...words] = value
    .replace(/^<!--|-->$/g, '')
    .trim()
    .split(/\s+/)
  const start = (position?.end.offset ?? 0) + 1
  return { name, words, line: position?.start.line ?? 0, start, end }
}

/** The pictures that a lesson shows, by name, and the file of each. */
export function listPictures({ file, tables }: Lesson) {
  return tables
    .filter(({ name }) => name === 'picture')
    .map(({ words: [name = ''] }) => ({
      name,
      file: file.replace(/[^/]+$/, `${name}.svg`),
    }))
}

/** The sentences of a text: no fences, tables, code or targets of links. */
export function readProse({ text, fences, tables }: Lesson): string {
  const cuts = [...fences, ...tables].sort((a, b) => b.start - a.start)
  return cuts
    .reduce(
      (rest, { start, end }) => rest.slice(0, start) + rest.slice(end),
      text,
    )
    .replace(/^---\n[\s\S]*?\n---\n/, '')
    .replaceAll(/^```.*$/gm, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(/`[^`\n]+`/g, '``')
    .replaceAll(/\]\([^)]*\)/g, ']')
}
