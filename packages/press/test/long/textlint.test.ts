// textlint is heavy, so it has a lockfile of its own and is installed here.
import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asWhole, readReplacements } from '../../src/rules.ts'
import { root } from '../../src/steps.ts'

const run = promisify(execFile)
const home = join(root, 'packages/press/textlint')

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'guard-up-textlint-'))
  cpSync(join(home, '.textlintrc.json'), join(folder, '.textlintrc.json'))
  const rules = readReplacements().map(({ never, use }) => ({
    expected: use,
    patterns: [`/${asWhole(never)}/`],
  }))
  // JSON is YAML, too.
  writeFileSync(join(folder, 'prh.yml'), JSON.stringify({ version: 1, rules }))
  await run(
    'npx',
    [
      ...['--prefer-offline', '-y', 'pnpm@12.21.0'],
      ...['--dir', home, 'install', '--frozen-lockfile'],
    ],
    { cwd: home, timeout: 300_000 },
  )
}, 320_000)
afterAll(() => rmSync(folder, { recursive: true }))

/** A text without what is woven, its lines where they were. */
function prepare(text: string): string {
  const blank = (part: string) => part.replace(/[^\n]/g, '')
  return (
    text
      .replace(/^---\n[\s\S]*?\n---\n/, blank)
      .replace(/^<!-- (\w+)[^\n]*-->$[\s\S]*?^<!-- \/\1 -->$/gm, blank)
      // Paths and ids are long, and nobody reads them aloud.
      .replace(/`[^`\n]*\/[^`\n]*`/g, '`x`')
  )
}

interface Result {
  filePath: string
  messages: { line: number; ruleId: string; message: string }[]
}

/** What textlint says of texts, one sentence each, by the texts' names. */
async function lint(texts: Record<string, string>) {
  const fileOf = (name: string) =>
    join(folder, `${name.replaceAll('/', '-')}.md`)
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(fileOf(name), prepare(text))
  }
  const files = Object.keys(texts).map(fileOf)
  const config = join(folder, '.textlintrc.json')
  const args = ['-f', 'json', '--config', config, ...files]
  const { stdout } = await run(join(home, 'node_modules/.bin/textlint'), args, {
    cwd: home,
  }).catch((error: { stdout: string }) => error)
  const results: Result[] = JSON.parse(stdout)
  return new Map(
    Object.keys(texts).map((name) => [
      name,
      results
        .find(({ filePath }) => filePath === fileOf(name))
        ?.messages.map(({ line, ruleId, message }) => {
          const [sentence = ''] = message.split('\n')
          return `${name}:${line} ${ruleId}: ${sentence}`
        }),
    ]),
  )
}

interface Puzzles {
  tempting: Record<string, { ja: { repair: string; but: string } }[]>
}

/** Why a repair mends nothing, each reason below its repair. */
function readRepairs(): string {
  const file = join(root, 'lessons/exercises/puzzles.json')
  const { tempting }: Puzzles = JSON.parse(readFileSync(file, 'utf8'))
  const parts = Object.entries(tempting).flatMap(([name, repairs]) => [
    `<!-- ${name} -->`,
    ...repairs.flatMap(({ ja }) => [`## ${ja.repair}`, ja.but]),
  ])
  return parts.join('\n\n')
}

const pages = readdirSync(join(root, 'lessons/ja'))
  .map((name) => `lessons/ja/${name}`)
  .concat('README.ja.md')
const repairs = 'lessons/exercises/puzzles.json'
/** Sentences that each break one rule, by the rule. */
const wrong: Record<string, string> = {
  'no-mix-dearu-desumasu': 'これは正しいのである。',
  'ja-space': 'これは Node で動きます。',
  prh: '認証情報を送ります。',
  'sentence-length': `${'これはとても長い文で、'.repeat(12)}終わります。`,
  'no-doubled-joshi': '扉は鍵は開きます。',
  'ja-no-mixed-period': 'これは文です',
}

// All at once: it takes longer to start than to read them.
let said: Awaited<ReturnType<typeof lint>>
beforeAll(async () => {
  const texts = pages.map((name) => [
    name,
    readFileSync(join(root, name), 'utf8'),
  ])
  const broken = Object.entries(wrong).map(([rule, sentence]) => [
    `${rule}.md`,
    `# 見出し\n\n${sentence}\n`,
  ])
  said = await lint({
    ...Object.fromEntries([...texts, ...broken]),
    [repairs]: readRepairs(),
  })
}, 300_000)

test.each([...pages, repairs])('%s reads as Japanese', (name) => {
  expect(said.get(name)).toEqual([])
})

test.each(Object.keys(wrong))('%s is noticed', (rule) => {
  expect(said.get(`${rule}.md`)?.join('\n')).toContain(rule)
})
