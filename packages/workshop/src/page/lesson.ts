import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Language, languages } from 'guardcheck'
import type { Element, ElementContent, Root } from 'hast'
import rehypeSanitize from 'rehype-sanitize'
import rehypeSlug from 'rehype-slug'
import rehypeStringify from 'rehype-stringify'
import remarkFrontmatter from 'remark-frontmatter'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'
import { visit } from 'unist-util-visit'
import { root } from '../repository.ts'
import { highlight, type Piece } from './highlight.ts'

/** A lesson as it stands in its folder. */
export interface Lesson {
  name: string
  title: string
}

/** The lessons of a language, in the order in which they are read. */
export function listLessons(lang: Language): Lesson[] {
  return readdirSync(join(root, 'lessons', lang))
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -'.md'.length))
    .sort()
    .map((name) => {
      return { name, title: titleOf(readLesson(lang, name)) }
    })
}

/** Where the lessons are read: one page each. */
export function lessonPath(lang: Language, name: string): string {
  return `/lessons/${lang}/${name}`
}

/** A lesson as a page that needs no script; undefined when there is none. */
export async function renderLesson(
  lang: string,
  name: string,
): Promise<string | undefined> {
  const language = languages.find((known) => known === lang)
  if (!language) return undefined
  const lessons = listLessons(language)
  const index = lessons.findIndex((lesson) => lesson.name === name)
  const lesson = lessons[index]
  if (!lesson) return undefined
  const body = await render(readLesson(language, name))
  return frame(language, lessons, index, body)
}

/** Markdown as HTML; what is HTML in it shows as text. */
export async function render(markdown: string): Promise<string> {
  return `${await processor.process(markdown)}`
}

const processor = unified()
  .use(remarkParse)
  .use(remarkFrontmatter)
  .use(remarkGfm)
  .use(remarkRehype, {
    handlers: {
      html: (_state: unknown, { value }: { value: string }) =>
        // The weaver's marks are for the weaver.
        value.startsWith('<!--') ? undefined : { type: 'text', value },
    },
  })
  .use(rehypeSanitize)
  .use(rehypeSlug)
  .use(() => async (tree: Root) => {
    const dressing: Promise<void>[] = []
    visit(tree, 'element', (node, index, parent) => {
      if (node.tagName === 'a') leadOn(node)
      if (node.tagName === 'pre') dressing.push(dress(node))
      if (node.tagName === 'table' && parent && index !== undefined) {
        parent.children[index] = wrap(node)
        return index + 1
      }
      return undefined
    })
    await Promise.all(dressing)
  })
  .use(rehypeStringify)

/** Leads a link between files to where the page has the same. */
function leadOn(node: Element): void {
  const href = `${node.properties.href ?? ''}`
  if (/^[a-z]+:/i.test(href)) {
    node.properties.rel = ['noreferrer', 'noopener']
    return
  }
  const [, step, file] = /packages\/step-(\d)\/src\/(\w+\.ts)/.exec(href) ?? []
  if (step && file) {
    const before = Math.max(0, Number(step) - 1)
    node.properties.href = `/#/diff/${before}/${step}/${file}`
  } else if (/^(\.\.\/(en|ja)\/)?[\w-]+\.md(#|$)/.test(href)) {
    node.properties.href = href.replace('.md', '')
  } else if (!href.startsWith('#')) {
    node.tagName = 'span'
    node.properties = {}
  }
}

/** What a fence is called, and what its grammar is. */
const grammars: Record<string, string> = {
  ts: 'typescript',
  json: 'json',
  http: 'http',
  sh: 'shellscript',
  console: 'shellsession',
}

/** Marks words of code, or what a diff changes; lets a keyboard scroll it. */
async function dress(node: Element): Promise<void> {
  node.properties.tabIndex = 0
  const [code] = node.children
  if (code?.type !== 'element') return
  const names = [code.properties.className].flat().map(String)
  const [text] = code.children
  if (text?.type !== 'text') return
  const grammar = grammars[`${names[0]}`.replace('language-', '')]
  if (grammar) {
    const lines = await highlight(text.value, grammar)
    code.children = lines.flatMap((pieces, index) => [
      ...(index > 0 ? [{ type: 'text' as const, value: '\n' }] : []),
      ...pieces.map(dressPiece),
    ])
    return
  }
  if (!names.includes('language-diff')) return
  code.children = text.value
    .replace(/\n$/, '')
    .split('\n')
    .map((line): ElementContent => {
      const kind = /^(\+\+\+|---|@@)/.test(line)
        ? 'meta'
        : ({ '+': 'add', '-': 'del' }[line.charAt(0)] ?? 'same')
      return {
        type: 'element',
        tagName: 'span',
        properties: { className: ['line', kind] },
        children: [{ type: 'text', value: `${line}\n` }],
      }
    })
}

function dressPiece(piece: Piece): ElementContent {
  if (typeof piece === 'string') return { type: 'text', value: piece }
  const [value, kind] = piece
  return {
    type: 'element',
    tagName: 'span',
    properties: { className: [`is-${kind}`] },
    children: [{ type: 'text', value }],
  }
}

/** A table that scrolls by itself where it is wider than the screen. */
function wrap(table: Element): Element {
  const properties = { className: ['wide'], tabIndex: 0 }
  return { type: 'element', tagName: 'div', properties, children: [table] }
}

function readLesson(lang: Language, name: string): string {
  return readFileSync(join(root, 'lessons', lang, `${name}.md`), 'utf8')
}

function titleOf(markdown: string): string {
  return /^# (.+)$/m.exec(markdown)?.[1]?.replaceAll('`', '') ?? ''
}

const texts = {
  lessons: { en: 'Lessons', ja: 'レッスン' },
  other: { en: '日本語', ja: 'English' },
  page: { en: 'Attacks and diffs', ja: '攻撃と差分' },
  skip: { en: 'Skip to the text', ja: '本文へ' },
}

function frame(
  lang: Language,
  lessons: Lesson[],
  index: number,
  body: string,
): string {
  const other = lang === 'en' ? 'ja' : 'en'
  const { name = '', title = '' } = lessons[index] ?? {}
  const links = lessons.map((lesson, place) => {
    const current = place === index ? ' aria-current="page"' : ''
    return `<li><a href="${lesson.name}"${current}>${escapeHtml(lesson.title)}</a></li>`
  })
  const turn = (lesson: Lesson | undefined, rel: 'prev' | 'next') =>
    lesson
      ? `<a rel="${rel}" href="${lesson.name}">${rel === 'prev' ? '← ' : ''}${escapeHtml(lesson.title)}${rel === 'next' ? ' →' : ''}</a>`
      : '<span></span>'
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Guard Up</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css">
<link rel="alternate" hreflang="${other}" href="${lessonPath(other, name)}">
<script type="module" src="/lesson.js"></script>
</head>
<body class="reading">
<a class="skip" href="#text">${texts.skip[lang]}</a>
<header class="bar">
<a class="brand" href="/?lang=${lang}#/attacks"><img src="/icon.svg" alt="" width="28" height="28">Guard Up</a>
<nav aria-label="Guard Up"><a href="/?lang=${lang}#/attacks">${texts.page[lang]}</a></nav>
<a class="lang" id="other" hreflang="${other}" lang="${other}" href="${lessonPath(other, name)}">${texts.other[lang]}</a>
</header>
<div class="book">
<details class="contents" open>
<summary>${texts.lessons[lang]}</summary>
<nav aria-label="${texts.lessons[lang]}"><ol>${links.join('')}</ol></nav>
</details>
<main id="text" class="prose">
${body}
<nav class="turn" aria-label="${texts.lessons[lang]}, ← →">${turn(lessons[index - 1], 'prev')}${turn(lessons[index + 1], 'next')}</nav>
</main>
</div>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (char) => `&#${char.charCodeAt(0).toString()};`,
  )
}
