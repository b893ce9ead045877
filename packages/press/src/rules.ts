import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogue } from 'guardcheck'
import { readTaught } from './claims.ts'
import { type Fence, type Lesson, readProse } from './lesson.ts'
import { root } from './steps.ts'

/** One sentence per rule that a lesson breaks. */
export function checkLessons(lessons: Lesson[], folder = root): string[] {
  const tested = readTests(folder)
  const sources = readSources(folder)
  return [
    ...lessons.flatMap((lesson) => [
      ...lesson.fences.flatMap((fence) =>
        checkFence(fence, lesson, tested, folder),
      ),
      ...checkOrder(lesson, folder),
      ...checkNames(lesson, sources),
      ...checkNumbers(lesson),
      ...checkEnding(lesson),
      ...checkRegister(lesson),
      ...checkMachine(lesson),
      ...checkAttacks(lesson, folder),
    ]),
    ...checkTeaching(lessons),
  ]
}

const bindable = ['ts', 'diff', 'json', 'http', 'console']
const command =
  /^(npm (start|test|run (-s )?[\w:-]+)\b|npx --prefer-offline -y |(\$env:|export |set )[A-Z_]+=|read -rs )/

/** What a reader sees is bound; what a reader types is known to work. */
function checkFence(
  { language, binding, content, line }: Fence,
  { file, name }: Lesson,
  tested: string,
  folder: string,
): string[] {
  const place = `${file}:${line}`
  if (binding && bindable.includes(language)) return []
  if (binding) return [`${place}: ${language} cannot be bound.`]
  if (language === 'sh') {
    return tested.includes(name) ? [] : [`${place}: no test runs this.`]
  }
  if (language !== 'console') {
    return [`${place}: a fence of ${language || 'no language'} is not bound.`]
  }
  return content
    .split('\n')
    .filter((it) => it.trim() !== '' && !command.test(it))
    .filter((it) => !isCopy(it, folder))
    .map((it) => `${place}: “${it}” is no command that is known to work.`)
}

/** Whether a line copies files of ours that are there. */
function isCopy(line: string, folder: string): boolean {
  const [, from = ''] = /^cp (\S+) \S+$/.exec(line) ?? []
  const [, before = from, names = '', after = ''] =
    /^(.*)\{(.*)\}(.*)$/.exec(from) ?? []
  const files = names.split(',').map((name) => before + name + after)
  return from !== '' && files.every((file) => existsSync(join(folder, file)))
}

/** Diffs come in the order in which `pnpm diff` shows them. */
function checkOrder({ file, fences }: Lesson, folder: string): string[] {
  const order = readFileSync(join(folder, '.difforder'), 'utf8').split('\n')
  const rank = (to: string) =>
    order.findIndex((it) => it !== '' && to.endsWith(it.slice(1)))
  const ranks = fences
    .filter(({ language, binding }) => language === 'diff' && binding)
    .map(({ binding }) => rank(binding?.to ?? ''))
    .map((it) => (it < 0 ? order.length : it))
  return ranks.some((it, index) => it < (ranks[index - 1] ?? 0))
    ? [`${file}: its diffs are not in the order of .difforder.`]
    : []
}

/** What a table says of a numbered line stands in that line. */
function checkNumbers({ file, text, fences }: Lesson): string[] {
  return fences
    .filter(({ binding }) => binding?.numbered)
    .flatMap(({ content, end, line }) => {
      const lines = content.split('\n')
      const [after = ''] = text.slice(end).split(/^#/m)
      const rows = [...after.matchAll(/^\| (\d+)(?:–(\d+))? \| `(.+?)` \|/gm)]
      if (rows.length === 0)
        return [`${file}:${line} numbers lines for nothing.`]
      return rows
        .filter(([, first, last = first, code = '']) => {
          const named = lines.slice(Number(first) - 1, Number(last))
          return !named.some((it) => it.includes(code))
        })
        .map(([, first, , code]) => `${file}: ${code} is not in line ${first}.`)
    })
}

/** Variables that a lesson names are read somewhere. */
function checkNames({ file, text }: Lesson, sources: string): string[] {
  const names = text.match(/\b(?:MCP|TLS|OAUTH)_[A-Z_]*[A-Z]\b/g) ?? []
  return [...new Set(names)]
    .filter((name) => name !== 'MCP_TOKEN' && !sources.includes(name))
    .map((name) => `${file}: nothing reads ${name}.`)
}

/** A lesson that teaches properties ends with the table of them. */
function checkEnding(lesson: Lesson): string[] {
  const taught = readTaught(lesson).length > 0
  const last = lesson.tables.findLast(({ name }) => name === 'properties')
  const heading = lesson.headings.at(-1)
  if (!taught && !last) return []
  return taught && last && heading && last.start > heading.start
    ? []
    : [`${lesson.file}: what now holds does not stand at its end.`]
}

/** An attack that a lesson names is one that can be run. */
function checkAttacks({ file, text }: Lesson, folder: string): string[] {
  const attacks = readAttacks(folder)
  const named = text.matchAll(/npm run (?:-s )?attack \d ([\w-]+)/g)
  return [...named]
    .filter(([, name]) => !attacks.includes(`name: '${name}'`))
    .map(([, name]) => `${file}: no attack is called ${name}.`)
}

/** What is woven in tells nothing about the machine that it ran on. */
function checkMachine({ file, text }: Lesson): string[] {
  const traces =
    text.match(/node:internal\S*|file:\/\/\/\S*|\/(?:tmp|home|root)\/\S*/g) ??
    []
  return traces.map((it) => `${file}: “${it}” is of one machine.`)
}

/** Each property is taught once in each language. */
function checkTeaching(lessons: Lesson[]): string[] {
  return (['en', 'ja'] as const).flatMap((language) =>
    catalogue.flatMap(({ id }) => {
      const files = lessons
        .filter((it) => it.language === language && it.spans.includes(id))
        .map(({ file }) => file)
      if (files.length === 1) return []
      return files.length === 0
        ? [`No lesson in ${language} teaches ${id}.`]
        : [`${id} is taught in ${files.join(' and ')}.`]
    }),
  )
}

/** How the texts of learners are written; textlint looks closer. */
export function checkRegister(lesson: Lesson): string[] {
  const { file, language } = lesson
  const prose = readProse(lesson)
  const found = (what: string, pattern: RegExp) =>
    (prose.match(pattern) ?? []).map((it) => `${file}: ${what}: “${it.trim()}”`)
  const common = [
    ...found('no exclamation mark', /.{0,12}[!！]/g),
    ...found('counts', /[\d０-９]+ *(?:lines?|files?|tests?|行|ファイル|件)/g),
  ]
  if (language === 'en') {
    return [
      ...common,
      ...found('calls it easy', /\b(?:simply|just|obviously|easily)\b/gi),
      ...found(
        'two sentences on a line',
        /^[^|#\n].*[a-z)\]]{2}[.?] +["`*[]*[A-Z].*$/gm,
      ),
    ]
  }
  return [
    ...common,
    ...found('calls it easy', /簡単に|ただ.{0,8}するだけ|するだけ/g),
    ...found(
      'is not です・ます',
      /.{0,12}(?:である|だ|だった|ない|する|いる|ある|った)。/g,
    ),
    ...found(
      'half-width mark',
      /[ぁ-んァ-ヶ一-龠][,.?:;()]|[,;?()][ぁ-んァ-ヶ一-龠]/g,
    ),
    ...found('full-width letter', /[Ａ-Ｚａ-ｚ０-９]+/g),
    ...found('mark inside bold', /\*\*[^*\n]*[、。）」]\*\*/g),
    ...found(
      'space beside Japanese',
      /[ぁ-んァ-ヶ一-龠] +[A-Za-z`]|[A-Za-z`] +[ぁ-んァ-ヶ一-龠]/g,
    ),
    ...found(
      'paragraph on two lines',
      /^[^|#\n\-<].*[^|\n]\n(?=[^|#\n\-<\d])/gm,
    ),
    ...readReplacements().flatMap(({ never, use }) =>
      found(`the glossary says ${use}`, new RegExp(asWhole(never), 'g')),
    ),
  ]
}

/** Japanese words that the glossary replaces, and by what. */
export function readReplacements(
  folder = root,
): { never: string; use: string }[] {
  const glossary = readFileSync(join(folder, 'lessons/glossary.md'), 'utf8')
  return glossary
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 7)
    .flatMap(([, , , use = '', , never = '']) =>
      never
        .replace(/（.*?）/g, '')
        .split('、')
        .map((word) => ({ never: word.trim(), use })),
    )
    .filter(({ never }) => /^[^-]+$/.test(never) && !common.has(never))
}

/** A word that is no part of a longer one in katakana. */
export const asWhole = (word: string) => `(?<![ァ-ヶー])${word}(?![ァ-ヶー])`

/** Forbidden as names of a concept, and needed as everyday words. */
const common = new Set([
  '使わない言葉',
  '秘密鍵',
  'パスワード',
  'ユーザー',
  'クライアント',
  'ケース',
  '要件',
  '章',
  'ログ',
  '履歴',
  '安全',
  '失敗',
  '成功',
  'ダンプ',
  'ブロック',
])

const walk = (folder: string, pattern: RegExp) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((it) => !/(^|[/\\])(node_modules|\.[^/\\]+)[/\\]/.test(it))
    .filter((it) => pattern.test(it))
    .map((it) => readFileSync(join(folder, it), 'utf8'))
    .join('\n')

/** What the tests of the steps say; one that runs a page names it. */
const readTests = memoize((folder) =>
  ['step-2', 'step-3']
    .map((it) => walk(join(folder, 'packages', it, 'test'), /\.test\.ts$/))
    .join('\n'),
)

const readSources = memoize((folder) =>
  ['step-0', 'step-1', 'step-2', 'step-3', 'issuer', 'office']
    .map((it) => walk(join(folder, 'packages', it, 'src'), /\.ts$/))
    .join('\n'),
)

const readAttacks = memoize((folder) =>
  walk(join(folder, 'packages/workshop/src/attack'), /\.ts$/),
)

/** Reads a folder once. */
function memoize(read: (folder: string) => string) {
  const known = new Map<string, string>()
  return (folder: string): string => {
    const text = known.get(folder) ?? read(folder)
    known.set(folder, text)
    return text
  }
}
