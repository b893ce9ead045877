import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { catalogue } from 'guardcheck'
import { describe, expect, test } from 'vitest'
import { readStages, root } from '../src/steps.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** Every file by its path from the root, without what is made by running. */
function listFiles(folder = ''): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  return entries
    .filter(({ name }) => !/^(node_modules|\.(?!ci$).*)$/.test(name))
    .flatMap((entry) => {
      const path = folder ? `${folder}/${entry.name}` : entry.name
      return entry.isDirectory() ? listFiles(path) : [path]
    })
}

const files = listFiles()
const names = new Set(files.map((file) => basename(file)))
const texts = files.filter(
  (file) =>
    /^[^/]+\.md$/.test(file) ||
    /^packages\/[^/]+\/README\.md$/.test(file) ||
    /^lessons\/(exercises\/README|glossary|(en|ja)\/[^/]+)\.md$/.test(file),
)
const manifest = JSON.parse(read('package.json'))

interface Fence {
  language: string
  lines: string[]
}

const fencePattern = /^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm

/** The fenced blocks of a text, in order. */
function readFences(text: string): Fence[] {
  return [...text.matchAll(fencePattern)].map(
    ([, language = '', body = '']) => ({
      language,
      lines: body.split('\n').filter((line) => line.trim() !== ''),
    }),
  )
}

/** What stands in backticks outside the fences. */
function readSpans(text: string): string[] {
  const unfenced = text.replaceAll(fencePattern, '')
  return [...unfenced.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
}

/** The sentences without code and without the targets of links. */
function readProse(text: string): string {
  return (
    text
      .replaceAll(fencePattern, '')
      // What stands between two comments is woven.
      .replaceAll(/^<!-- (\w+)[^\n]*-->$[\s\S]*?^<!-- \/\1 -->$/gm, '')
      .replaceAll(/`[^`\n]+`/g, '``')
      .replaceAll(/\]\([^)]*\)/g, ']')
  )
}

/** The lines that a reader types, without their comments. */
function readCommands(text: string): string[] {
  return readFences(text)
    .filter(({ language }) => language === 'console')
    .flatMap(({ lines }) => lines)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
}

/** The paths that a tree of folders names, by their indentation. */
function readTree(text: string): string[] {
  const lines = readFences(text)
    .filter(({ lines }) => /^[\w-]+\/$/.test(lines[0] ?? ''))
    .flatMap(({ lines }) => lines)
  let parent = ''
  return lines.map((line) => {
    const [, indent, name = ''] = /^( *)(\S+)/.exec(line) ?? []
    if (!indent) parent = name
    return indent ? join(parent, name) : name
  })
}

/** Scripts that a line of code calls by way of npm or pnpm. */
function readScripts(code: string): string[] {
  const calls = code.matchAll(/\b(?:npm|pnpm(?:@[\d.]+)?)((?: +[\w:-]+)+)/g)
  return [...calls].flatMap(([, words = '']) =>
    words
      .trim()
      .split(/ +/)
      .filter((word) => word !== 'run' && !word.startsWith('-'))
      .slice(0, 1)
      .filter((word) => word !== 'install'),
  )
}

/** Whether a path exists, as seen from the root or from the text's folder. */
const exists = (text: string, path: string) =>
  existsSync(join(root, path)) || existsSync(join(root, dirname(text), path))

const topLevel = new Set(readdirSync(root))
const isPath = (span: string) => /^[\w.-]+(\/[\w.-]+)*\/?$/.test(span)
const isNested = (span: string) => topLevel.has(span.split('/')[0] ?? '')
/** Methods of MCP, which have the form of an id as well. */
const methods = ['server/discover', 'subscriptions/listen']
const isId = (span: string) =>
  /^[a-z]+\/[a-z0-9-]+$/.test(span) && !methods.includes(span)

describe.each(texts)('%s', (file) => {
  const text = read(file)
  const spans = readSpans(text)

  test('every npm and pnpm script that it names exists', () => {
    const scripts = [...readCommands(text), ...spans].flatMap(readScripts)
    const unknown = scripts.filter((name) => !(name in manifest.scripts))
    expect(unknown).toEqual([])
  })

  test('every pinned version that it names is the one in use', () => {
    const pins = [...text.matchAll(/pnpm@[\d.]+\d/g)].map(([pin]) => pin)
    const nodes = [...text.matchAll(/Node (?:≥ ?)?(\d+\.\d+)/g)]
    const versions = [...pins, ...nodes.map(([, version]) => `>=${version}`)]
    const used = [manifest.packageManager, manifest.engines.node]
    expect(versions.filter((version) => !used.includes(version))).toEqual([])
  })

  test('every path in backticks exists', () => {
    const missing = spans.filter((span) => {
      // What begins with a dot inside a package is made when it runs.
      if (!isPath(span) || span.includes('/.')) return false
      if (span.includes('/')) return isNested(span) && !exists(file, span)
      // What a command makes is ignored by git, and named there.
      const made = ignored.includes(span)
      return (
        /^[^.].*\.(ts|md|mjs|json|yaml)$/.test(span) &&
        !names.has(span) &&
        !made
      )
    })
    expect(missing).toEqual([])
  })

  test('every link leads to something that exists', () => {
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)]
    const targets = links.map(([, target = '']) => target)
    const missing = targets.filter(
      (target) => !existsSync(join(root, dirname(file), target)),
    )
    expect(missing).toEqual([])
  })

  test('every property in backticks is in the catalogue', () => {
    const ids: string[] = catalogue.map(({ id }) => id)
    const unknown = spans.filter(
      (span) => isId(span) && !exists(file, span) && !ids.includes(span),
    )
    expect(unknown).toEqual([])
  })

  test('every folder in its tree exists', () => {
    const missing = readTree(text).filter(
      (path) => !existsSync(join(root, path)),
    )
    expect(missing).toEqual([])
  })

  test('its prose has no exclamation mark and no emoji', () => {
    const loud = readProse(text).match(/[!！]|\p{Extended_Pictographic}/gu)
    expect(loud ?? []).toEqual([])
  })

  test('its prose counts no lines, files or tests', () => {
    const counts = readProse(text).match(
      /[\d０-９]+ *(?:lines?|files?|tests?|行|ファイル|件)/g,
    )
    expect(counts ?? []).toEqual([])
  })

  test('its prose does not call anything easy', () => {
    const words = readProse(text).match(
      /\b(?:simply|just|obviously|easily)\b|簡単に|するだけ/gi,
    )
    expect(words ?? []).toEqual([])
  })
})

const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n')

describe('README.md and README.ja.md', () => {
  const [en, ja] = [read('README.md'), read('README.ja.md')]

  test('both have the same headings, level by level', () => {
    const levels = (text: string) =>
      [...text.replaceAll(fencePattern, '').matchAll(/^#+(?= )/gm)].map(String)
    expect(levels(ja)).toEqual(levels(en))
  })

  test('both have the same fences, and the same commands in them', () => {
    const languages = (text: string) =>
      readFences(text).map(({ language }) => language)
    expect(languages(ja)).toEqual(languages(en))
    expect(readCommands(ja)).toEqual(readCommands(en))
  })

  test('both show the same tree', () => {
    expect(readTree(en)).not.toEqual([])
    expect(readTree(ja)).toEqual(readTree(en))
  })

  test.each([
    ['README.md', en],
    ['README.ja.md', ja],
  ])('%s tells the diffs as stages.json does', (_file, text) => {
    const told = [...text.matchAll(/\+\d+ −\d+/g)].map(([diff]) => diff)
    const stages = [...readStages().values()]
    const real = stages.map(({ lines }) => `+${lines.added} −${lines.deleted}`)
    expect(told).toEqual(real)
  })
})

describe('the root texts', () => {
  test.each(['README.md', 'CONTRIBUTING.md', 'SECURITY.md'])(
    '%s has one sentence a line',
    (file) => {
      const lines = readProse(read(file)).split('\n')
      const crowded = lines.filter(
        (line) =>
          !line.startsWith('|') && /[^\d][.?]\*{0,2} +["*`[]*[A-Z]/.test(line),
      )
      expect(crowded).toEqual([])
    },
  )

  test('README.ja.md has one paragraph a line', () => {
    const text = readProse(read('README.ja.md'))
    const broken = text.match(/^[^|#\n-].*\n(?=[^|#\n-])/gm)
    expect(broken ?? []).toEqual([])
  })
})
