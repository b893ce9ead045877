import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { type Language, languages } from 'guardcheck'
import stringWidth from 'string-width'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createColors } from '../src/terminal/colors.ts'
import { found, names } from '../src/tour/findings.ts'
import {
  checkMachine,
  inspectMachine,
  type Machine,
} from '../src/tour/preflight.ts'
import { createFolder, runWorkshop } from './run.ts'

const colors = createColors({ NO_COLOR: '1' }, {})

const manifest = JSON.stringify({
  engines: { node: '>=20.19' },
  dependencies: { tsx: '1' },
})

/** A machine on which nothing is wrong, but that nothing is installed. */
function createMachine(changes: Partial<Machine> = {}): Machine {
  const root = createFolder()
  mkdirSync(join(root, 'packages/office'), { recursive: true })
  writeFileSync(join(root, 'package.json'), manifest)
  return {
    root,
    env: {},
    node: '20.19.0',
    platform: 'linux',
    now: Date.now(),
    columns: 80,
    colourful: true,
    lang: 'en',
    ports: [],
    ...changes,
  }
}

/** What is found about one thing on a machine. */
async function inspect(name: keyof typeof names, changes: Partial<Machine>) {
  const findings = await inspectMachine(createMachine(changes))
  return findings.find(({ what }) => what === names[name])
}

/** Puts the package in, and a lockfile that was or was not installed. */
function install(root: string, locked: string): void {
  mkdirSync(join(root, 'node_modules/tsx'), { recursive: true })
  mkdirSync(join(root, 'node_modules/.pnpm'))
  writeFileSync(join(root, 'node_modules/tsx/package.json'), '{}')
  writeFileSync(join(root, 'node_modules/.pnpm/lock.yaml'), 'a')
  writeFileSync(join(root, 'pnpm-lock.yaml'), locked)
}

describe('npm start -- --check', () => {
  test('looks at this machine on one screen, and exits 0', async () => {
    const env = { LANG: 'ja_JP.UTF-8' }
    const { code, stdout } = await runWorkshop(['tour', '--check'], env)
    expect(code).toBe(0)
    expect(stdout).toMatch(/準備はすべて整っています。|動きます。/)
    const lines = stdout.split('\n')
    expect(lines.length).toBeLessThanOrEqual(24)
    expect(lines.filter((line) => stringWidth(line) > 80)).toEqual([])
  })

  test('exits 1 when something would stop the workshop', async () => {
    let printed = ''
    const print = (text: string) => {
      printed += text
    }
    const machine = createMachine()
    const code = await checkMachine(machine, { colors, width: 80, print })
    expect(code).toBe(1)
    expect(printed).toContain('tsx is missing')
    expect(printed).toContain('Not ready')
    const lines = printed.split('\n')
    expect(lines.filter((line) => stringWidth(line) > 80)).toEqual([])
  })
})

describe('a machine', () => {
  test.each([
    ['18.20.4', 'stop'],
    ['20.18.3', 'stop'],
    ['20.19.0', 'fine'],
    ['20.20.2', 'fine'],
    ['26.1.0', 'fine'],
  ])('with Node %s: %s', async (node, level) => {
    expect(await inspect('node', { node })).toMatchObject({ level })
  })

  test('without npm and git cannot run it', async () => {
    const changes = { env: { PATH: createFolder() } }
    const level = 'stop'
    expect(await inspect('npm', changes)).toMatchObject({ level })
    expect(await inspect('git', changes)).toMatchObject({ level })
  })

  test('whose install lacks a package cannot run it', async () => {
    const said = found.installPartial
    const values = { missing: 'tsx' }
    const level = 'stop'
    expect(await inspect('install', {})).toMatchObject({ level, said, values })
  })

  test('whose install is not what the lockfile says cannot run it', async () => {
    const { root } = createMachine()
    install(root, 'b')
    const expected = { level: 'stop', said: found.installStale }
    expect(await inspect('install', { root })).toMatchObject(expected)
  })

  test('where another program has a port is told which', async () => {
    const server = createServer()
    onTestFinished(() => void server.close())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    expect(await inspect('ports', { ports: [port] })).toMatchObject({
      level: 'note',
      values: { taken: `${port}` },
    })
  })

  test('whose temporary folder cannot be written in cannot run it', async () => {
    const folder = createFolder()
    const before = process.env.TMPDIR
    const machine = createMachine()
    process.env.TMPDIR = join(folder, 'absent')
    const findings = await inspectMachine(machine).finally(() => {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    })
    const disk = findings.find(({ what }) => what === names.disk)
    expect(disk).toMatchObject({ level: 'stop', said: found.diskShut })
  })

  test.each([
    ['/home/a/guard-up', 'linux', 'pathPlain', 'fine'],
    ['/home/a/作業 フォルダ (x86) & more', 'linux', 'pathOdd', 'fine'],
    [`C:\\Users\\${'a'.repeat(90)}`, 'win32', 'pathLong', 'note'],
  ] as const)(
    'with the folder %s on %s: %s',
    async (path, platform, said, level) => {
      const { root } = createMachine()
      const under = join(root, path.replace('C:', ''))
      mkdirSync(join(under, 'packages/office'), { recursive: true })
      writeFileSync(join(under, 'package.json'), manifest)
      const finding = await inspect('path', { root: under, platform })
      expect(finding).toMatchObject({ level, said: found[said] })
    },
  )

  test.each([
    [{}, 'proxyNone', 'fine'],
    [{ HTTP_PROXY: 'http://u:secret@p' }, 'proxyCatches', 'note'],
    [
      { https_proxy: 'http://p', no_proxy: 'localhost' },
      'proxyCatches',
      'note',
    ],
    [
      { https_proxy: 'http://p', NO_PROXY: 'localhost,127.0.0.1' },
      'proxyExcluded',
      'fine',
    ],
  ] as const)('with the proxy variables %o: %s', async (env, said, level) => {
    const finding = await inspect('proxy', { env })
    expect(finding).toMatchObject({ level, said: found[said] })
    expect(JSON.stringify(finding)).not.toContain('secret')
  })

  test('whose clock is behind its files is told so', async () => {
    const now = Date.now() - 86_400_000
    const said = found.clockBehind
    expect(await inspect('clock', { now })).toMatchObject({ said })
  })

  test.each([
    [undefined, 'terminalNone', 'fine'],
    [60, 'terminalNarrow', 'note'],
    [120, 'terminalFits', 'fine'],
  ] as const)(
    'with a terminal of %s columns: %s',
    async (columns, said, level) => {
      const expected = { level, said: found[said] }
      expect(await inspect('terminal', { columns })).toMatchObject(expected)
    },
  )
})

test.each([...Object.entries(names), ...Object.entries(found)])(
  '%s is there in both languages, with the same values',
  (_name, text) => {
    const values = (lang: Language) =>
      [...text[lang].matchAll(/\{\w+\}/g)].map(String).sort()
    expect(values('ja')).toEqual(values('en'))
    expect(languages.map((lang) => text[lang].trim())).not.toContain('')
  },
)
