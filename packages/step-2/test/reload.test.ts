import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ask, runKey, startServer, until } from './scratch.ts'
import { errors, type Served, serve, write } from './served.ts'

let served: Served
beforeAll(async () => {
  served = await serve()
})
beforeEach(async () => {
  const { file, server, secret, first, added } = served
  write(file, first)
  await until(async () => (await ask(server.url, secret)) === 200)
  await until(async () => (await ask(server.url, added)) === 401)
})

const ways: [string, (file: string, text: string) => void][] = [
  ['is written in place', write],
  [
    'is replaced by renaming another',
    (file, text) => {
      write(`${file}.new`, text)
      renameSync(`${file}.new`, file)
    },
  ],
  [
    'gives way to one that is older',
    (file, text) => {
      write(`${file}.old`, text)
      utimesSync(`${file}.old`, 1_700_000_000, 1_700_000_000)
      renameSync(`${file}.old`, file)
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

describe('a file of tokens that', () => {
  test.each(ways)(
    '%s counts, though nobody tells the server',
    async (_, change) => {
      const { file, server, secret, added, next } = served
      change(file, next)
      // A second on a quiet machine.
      const waited = await until(
        async () => (await ask(server.url, added)) === 200,
      )
      expect(waited).toBeLessThan(4000)
      expect(await ask(server.url, secret)).toBe(200)
      expect(errors(server)).toEqual([])
    },
  )

  test.skipIf(process.platform === 'win32')(
    'changed before a SIGHUP counts at once',
    async () => {
      const { file, server, secret, first, added, next } = served
      const waits: number[] = []
      // The watch needs up to half a second each time, a signal never.
      for (const text of [next, first, next, first, next, first]) {
        write(file, text)
        server.kill('SIGHUP')
        const status = text === next ? 200 : 401
        waits.push(
          await until(async () => (await ask(server.url, added)) === status),
        )
      }
      expect(Math.min(...waits)).toBeLessThan(250)
      expect(await ask(server.url, secret)).toBe(200)
    },
  )

  test('the key command changes counts: rotate, revoke', async () => {
    const { cwd, server, secret } = served
    const { stdout } = await runKey(['rotate', 'desk'], { cwd })
    const fresh = stdout.trim()
    await until(async () => (await ask(server.url, fresh)) === 200)
    expect(await ask(server.url, secret)).toBe(200)
    await runKey(['revoke', 'desk'], { cwd })
    await until(async () => (await ask(server.url, fresh)) === 401)
    expect(await ask(server.url, secret)).toBe(401)
    expect(errors(server)).toEqual([])
  })

  test('lists nobody any more lets nobody in', async () => {
    const { file, server, secret } = served
    write(file, '[]')
    await until(async () => (await ask(server.url, secret)) === 401)
    expect(errors(server)).toEqual([])
  })

  test('is emptied changes nothing', async () => {
    const { file, server, secret } = served
    write(file, '')
    await until(async () => errors(server).length === 1)
    expect(await ask(server.url, secret)).toBe(200)
  })

  test('a swapped symlink replaces, as in Kubernetes, counts', async () => {
    const { cwd, first, next, secret, added } = served
    const mount = join(cwd, 'mount')
    const lay = (stamp: string, text: string) => {
      mkdirSync(join(mount, stamp), { recursive: true })
      write(join(mount, stamp, 'tokens.json'), text)
      chmodSync(join(mount, stamp, 'tokens.json'), 0o400)
      symlinkSync(stamp, join(mount, '..data_tmp'))
      renameSync(join(mount, '..data_tmp'), join(mount, '..data'))
    }
    lay('..2026_11_23_01', first)
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
})
