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
  messages: { line: number; ruleId: string; message: string }[]
}

/** What textlint says of a text, one sentence each. */
async function lint(name: string, text: string): Promise<string[]> {
  const file = join(folder, name)
  writeFileSync(file, prepare(text))
  const args = [
    '-f',
    'json',
    '--config',
    join(folder, '.textlintrc.json'),
    file,
  ]
  const { stdout } = await run(join(home, 'node_modules/.bin/textlint'), args, {
    cwd: home,
  }).catch((error: { stdout: string }) => error)
  const results: Result[] = JSON.parse(stdout)
  return results
    .flatMap(({ messages }) => messages)
    .map(({ line, ruleId, message }) => {
      const [sentence = ''] = message.split('\n')
      return `${name}:${line} ${ruleId}: ${sentence}`
    })
}

const pages = readdirSync(join(root, 'lessons/ja')).map(
  (name) => `lessons/ja/${name}`,
)

test.each([...pages, 'README.ja.md'])('%s reads as Japanese', async (file) => {
  const text = readFileSync(join(root, file), 'utf8')
  expect(await lint(file.replaceAll('/', '-'), text)).toEqual([])
})

interface Puzzles {
  tempting: Record<string, { ja: { repair: string; but: string } }[]>
}

test('why a repair mends nothing reads as Japanese', async () => {
  const file = join(root, 'lessons/exercises/puzzles.json')
  const { tempting }: Puzzles = JSON.parse(readFileSync(file, 'utf8'))
  const text = Object.entries(tempting).flatMap(([name, repairs]) => [
    `<!-- ${name} -->`,
    ...repairs.flatMap(({ ja }) => [`## ${ja.repair}`, ja.but]),
  ])
  expect(await lint('puzzles.md', text.join('\n\n'))).toEqual([])
})

test.each([
  ['a mixture of registers', 'no-mix-dearu-desumasu', 'これは正しいのである。'],
  ['a half-width space', 'ja-space', 'これは Node で動きます。'],
  ['a word that the glossary replaces', 'prh', '認証情報を送ります。'],
  [
    'a sentence that does not end',
    'sentence-length',
    `${'これはとても長い文で、'.repeat(12)}終わります。`,
  ],
  ['a doubled particle', 'no-doubled-joshi', '扉は鍵は開きます。'],
  ['a sentence without its end', 'ja-no-mixed-period', 'これは文です'],
])('%s is noticed', async (_what, rule, sentence) => {
  const said = await lint('made-up.md', `# 見出し\n\n${sentence}\n`)
  expect(said.join('\n')).toContain(rule)
})
