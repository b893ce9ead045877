import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  test,
} from 'vitest'
import { root } from '../src/steps.ts'
import { larger } from './larger.ts'

const maxFiles = 15

describe('the house', () => {
  let sizes: Map<string, number>
  beforeAll(() => {
    sizes = measureSizes(root)
  })

  test('has nothing larger than it may be, but what is known', () => {
    const grown = [...sizes].filter(
      ([what, size]) => size > (larger[what] ?? 0),
    )
    expect(Object.fromEntries(grown)).toEqual({})
  })

  test('has all that is known to be larger', () => {
    expect(Object.keys(larger).filter((what) => !sizes.has(what))).toEqual([])
  })
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guard-up-house-'))
  for (const file of ['biome.json', '.gitignore']) {
    cpSync(join(root, file), join(folder, file))
  }
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (file: string, text: string) => {
  mkdirSync(join(folder, dirname(file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}

test('what is too large is found', () => {
  const lines = (count: number) => 'console.log()\n'.repeat(count)
  write('packages/a/src/file.ts', lines(401))
  write('packages/b/src/function.ts', `function f() {\n${lines(81)}}\n f()\n`)
  for (let n = 0; n <= maxFiles; n += 1) write(`packages/c/src/${n}.ts`, '')
  // In a test, `describe` is a function that holds the others.
  write('packages/d/test/a.test.ts', `describe('', () => {\n${lines(90)}})\n`)
  write('packages/e/src/file.ts', lines(400))
  expect(Object.fromEntries(measureSizes(folder))).toEqual({
    'file packages/a/src/file.ts': 401,
    'function packages/b/src/function.ts': expect.any(Number),
    'folder packages/c/src': maxFiles + 1,
  })
})

test('a circle of imports is refused, of types alone as well', () => {
  write(
    'packages/a/src/a.ts',
    "import type { B } from './b.ts'\nexport type A = B\n",
  )
  write(
    'packages/a/src/b.ts',
    "import type { A } from './a.ts'\nexport type B = A\n",
  )
  expect(lint(folder).map(({ category }) => category)).toEqual([
    'lint/suspicious/noImportCycles',
    'lint/suspicious/noImportCycles',
  ])
})

test('an arrow that points the wrong way is refused', () => {
  const wrong = [
    ['packages/guardcheck/src/judge/a.ts', '@guard-up/lab'],
    ['packages/guardcheck/src/b.ts', '../../step-1/src/guard.ts'],
    ['packages/guardcheck/src/c.ts', '../test/strangers.ts'],
    ['packages/issuer/src/d.ts', 'guardcheck'],
    ['packages/step-2/src/e.ts', 'guardcheck'],
    ['packages/step-2/src/f.ts', '@guard-up/step-1'],
    ['packages/step-2/bin/g.ts', '../../step-1/src/guard.ts'],
    ['packages/workshop/src/attack/h.ts', '../../test/run.ts'],
    ['packages/lab/src/i.ts', '@guard-up/workshop'],
    ['packages/lab/src/k.ts', '../../proof/peers.ts'],
    ['packages/proof/test/j.ts', '../../press/src/steps.ts'],
  ] as const
  for (const [file, from] of wrong) write(file, `import '${from}'\n`)
  write('packages/step-2/src/app.ts', "import '@guard-up/office'\n")
  write('packages/step-2/bin/key.ts', "import '../src/keys.ts'\n")
  write('packages/workshop/src/tour.ts', "import 'guardcheck'\n")
  const refused = lint(folder)
    .filter(({ category }) => category === 'lint/style/noRestrictedImports')
    .map(({ location }) => location.path)
  expect(refused.sort()).toEqual(wrong.map(([file]) => file).sort())
})

interface Finding {
  category: string
  message: string
  location: { path: string }
}

/** What Biome finds by all its rules, or by `only` some. */
function lint(cwd: string, only: string[] = []): Finding[] {
  const biome = createRequire(join(root, 'package.json')).resolve(
    '@biomejs/biome/bin/biome',
  )
  const args = ['lint', '--reporter=json', '--max-diagnostics=none']
  const command = [biome, ...args, ...only.map((it) => `--only=${it}`), '.']
  let printed: string
  try {
    printed = execFileSync(process.execPath, command, {
      cwd,
      encoding: 'utf8',
      stdio: 'pipe',
    })
  } catch (error) {
    printed = (error as { stdout: string }).stdout
  }
  return JSON.parse(printed).diagnostics
}

/** Files, folders and the functions of a file that are too large, and by which size. */
function measureSizes(folder: string): Map<string, number> {
  const sizes = new Map<string, number>()
  const rules = {
    'complexity/noExcessiveLinesPerFunction': 'function',
    'style/noExcessiveLinesPerFile': 'file',
  }
  for (const found of lint(folder, Object.keys(rules))) {
    const path = found.location.path.replaceAll(sep, '/')
    const rule = found.category.replace('lint/', '') as keyof typeof rules
    if (rules[rule] === 'function' && /(^|\/)test\//.test(path)) continue
    const [, lines = Number.NaN] = /\((\d+)\)/.exec(found.message) ?? []
    const what = `${rules[rule]} ${path}`
    sizes.set(what, (sizes.get(what) ?? 0) + Number(lines))
  }
  for (const [path, files] of listFolders(folder)) {
    if (files > maxFiles) sizes.set(`folder ${path}`, files)
  }
  return sizes
}

/** How many files of code lie beside each other in each folder. */
function* listFolders(from: string, path = ''): Generator<[string, number]> {
  let files = 0
  for (const entry of readdirSync(join(from, path), { withFileTypes: true })) {
    if (/^\.|^(node_modules|dist)$/.test(entry.name)) continue
    const below = path === '' ? entry.name : `${path}/${entry.name}`
    if (entry.isDirectory()) yield* listFolders(from, below)
    else files += Number(/\.(ts|m?js|css|html)$/.test(entry.name))
  }
  yield [path, files]
}
