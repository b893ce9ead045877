import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { ask, until } from './scratch.ts'
import { errors, type Served, serve, write } from './served.ts'

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
  let served: Served
  beforeAll(async () => {
    served = await serve()
  })

  test.each(damages)(
    '%s changes nothing and is one error in the log',
    async (_, damage) => {
      const { file, server, secret, first, added, next } = served
      const earlier = errors(server).length
      damage(file, next)
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
      write(file, first)
      // Of a file that is right again there is nothing to say.
      await setTimeout(600)
    },
  )

  test('is mended after all that counts', async () => {
    const { file, server, added, next } = served
    write(file, next)
    await until(async () => (await ask(server.url, added)) === 200)
  })
})
