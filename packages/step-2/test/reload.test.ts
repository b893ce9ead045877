import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  ask,
  mint,
  runKey,
  type Server,
  scratch,
  startServer,
  until,
} from './scratch.ts'

const errors = (server: Server) =>
  server.log().match(/^.*"level":50.*$/gm) ?? []

/** A server that reads a file, and a list of tokens for which it waits. */
async function prepare() {
  const cwd = scratch()
  const file = join(cwd, 'tokens.json')
  const secret = await mint('desk', cwd)
  mkdirSync(join(cwd, 'next'))
  copyFileSync(file, join(cwd, 'next/tokens.json'))
  const added = await mint('night', join(cwd, 'next'))
  const next = join(cwd, 'next/tokens.json')
  return { cwd, file, next, secret, added, text: readFileSync(next, 'utf8') }
}

const write = (file: string, text: string) =>
  writeFileSync(file, text, { mode: 0o600 })

const ways: [string, (file: string, text: string, server: Server) => void][] = [
  ['is written in place', write],
  [
    'is replaced by renaming another',
    (file, text) => {
      write(`${file}.new`, text)
      renameSync(`${file}.new`, file)
    },
  ],
  [
    'is removed and made anew',
    (file, text) => {
      rmSync(file)
      write(file, text)
    },
  ],
]

describe.concurrent('a file of tokens that', () => {
  test.each(ways)(
    '%s counts, though nobody tells the server',
    async (_, change) => {
      const { cwd, file, secret, added, text } = await prepare()
      const server = await startServer(cwd, { MCP_TOKENS_FILE: file })
      expect(await ask(server.url, secret)).toBe(200)
      expect(await ask(server.url, added)).toBe(401)
      change(file, text, server)
      // A second on a quiet machine.
      const waited = await until(
        async () => (await ask(server.url, added)) === 200,
      )
      expect(waited).toBeLessThan(4000)
      expect(await ask(server.url, secret)).toBe(200)
      expect(errors(server)).toEqual([])
    },
  )

  test('a swapped symlink replaces, as in Kubernetes, counts', async () => {
    const { cwd, file, next, secret, added } = await prepare()
    const mount = join(cwd, 'mount')
    const lay = (stamp: string, source: string) => {
      mkdirSync(join(mount, stamp), { recursive: true })
      copyFileSync(source, join(mount, stamp, 'tokens.json'))
      chmodSync(join(mount, stamp, 'tokens.json'), 0o400)
      symlinkSync(stamp, join(mount, '..data_tmp'))
      renameSync(join(mount, '..data_tmp'), join(mount, '..data'))
    }
    lay('..2026_11_23_01', file)
    symlinkSync('..data/tokens.json', join(mount, 'tokens.json'))
    const server = await startServer(cwd, {
      MCP_TOKENS_FILE: join(mount, 'tokens.json'),
    })
    expect(await ask(server.url, secret)).toBe(200)
    lay('..2026_11_23_02', next)
    rmSync(join(mount, '..2026_11_23_01'), { recursive: true })
    await until(async () => (await ask(server.url, added)) === 200)
    expect(errors(server)).toEqual([])
  })

  test.skipIf(process.platform === 'win32')(
    'changed before a SIGHUP counts at once',
    async () => {
      const { cwd, file, added, text } = await prepare()
      const server = await startServer(cwd, { MCP_TOKENS_FILE: file })
      await until(async () => (await ask(server.url, added)) === 401)
      write(file, text)
      server.kill('SIGHUP')
      const waited = await until(
        async () => (await ask(server.url, added)) === 200,
      )
      expect(waited).toBeLessThan(400)
    },
  )

  test('the key command changes counts: rotate, revoke', async () => {
    const { cwd, file, secret } = await prepare()
    const server = await startServer(cwd, { MCP_TOKENS_FILE: file })
    const { stdout } = await runKey(['rotate', 'desk'], { cwd })
    const fresh = stdout.trim()
    await until(async () => (await ask(server.url, fresh)) === 200)
    expect(await ask(server.url, secret)).toBe(200)
    await runKey(['revoke', 'desk'], { cwd })
    await until(async () => (await ask(server.url, fresh)) === 401)
    expect(await ask(server.url, secret)).toBe(401)
    expect(errors(server)).toEqual([])
  })
})

const damages: [string, (file: string, text: string) => void][] = [
  ['is cut off', (file, text) => write(file, text.slice(0, -20))],
  ['holds no list', (file) => write(file, '{"tokens":[]}')],
  ['holds a bad entry', (file) => write(file, '[{"name":"night"}]')],
  ['is opened to others', (file) => chmodSync(file, 0o644)],
  ['is removed', (file) => rmSync(file)],
  [
    'is replaced by a directory',
    (file) => {
      rmSync(file)
      mkdirSync(file)
    },
  ],
]

describe('a file of tokens that', () => {
  let all: Awaited<ReturnType<typeof prepare>> & { server: Server }
  beforeAll(async () => {
    const prepared = await prepare()
    const env = { MCP_TOKENS_FILE: prepared.file }
    const server = await startServer(prepared.cwd, env)
    all = { ...prepared, server }
  })

  test.each(damages)(
    '%s changes nothing and is one error in the log',
    async (_, damage) => {
      const { file, secret, added, text, server } = all
      const before = readFileSync(file, 'utf8')
      const earlier = errors(server).length
      damage(file, text)
      await until(() => errors(server).length > earlier)
      await setTimeout(1200)
      expect(errors(server)).toHaveLength(earlier + 1)
      const { msg } = JSON.parse(`${errors(server).at(-1)}`)
      expect(msg).toMatch(
        /^MCP_TOKENS_FILE [^\n]+\. What was read before stays\.$/,
      )
      expect(msg).not.toContain('night')
      expect(await ask(server.url, secret)).toBe(200)
      expect(await ask(server.url, added)).toBe(401)
      rmSync(file, { recursive: true, force: true })
      write(file, before)
      // Of a file that is right again there is nothing to say.
      await setTimeout(600)
    },
  )

  test('is mended after all that counts', async () => {
    const { file, added, text, server } = all
    write(file, text)
    await until(async () => (await ask(server.url, added)) === 200)
  })
})

describe.concurrent('a file of tokens that', () => {
  test('is emptied changes nothing', async () => {
    const { cwd, file, secret } = await prepare()
    const server = await startServer(cwd, { MCP_TOKENS_FILE: file })
    write(file, '')
    await setTimeout(1200)
    expect(await ask(server.url, secret)).toBe(200)
  })

  test('lists nobody any more lets nobody in', async () => {
    const { cwd, file, secret } = await prepare()
    const server = await startServer(cwd, { MCP_TOKENS_FILE: file })
    write(file, '[]')
    await until(async () => (await ask(server.url, secret)) === 401)
    expect(errors(server)).toEqual([])
  })
})
