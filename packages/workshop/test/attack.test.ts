import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Refund } from '@guard-up/office'
import { type Language, languages, type Text } from 'guardcheck'
import stringWidth from 'string-width'
import { describe, expect, onTestFinished, test } from 'vitest'
import { attacks } from '../src/attack/list.ts'
import { type Attack, runAttack } from '../src/attack/run.ts'
import type { Target } from '../src/attack/target.ts'
import { openWire } from '../src/attack/wire.ts'
import { folderOf, readSecret } from '../src/repository.ts'
import { common, misuses } from '../src/terminal/tell.ts'
import { esc, runWorkshop } from './run.ts'

const secret = readSecret(folderOf(1)) ?? ''

describe('pnpm attack', () => {
  test('without a name lists every attack with what it comes to, in the language of --lang and the colours of FORCE_COLOR', async () => {
    const args = ['attack', '1', '--lang', 'ja']
    const { code, stdout } = await runWorkshop(args, { FORCE_COLOR: '1' })
    expect(code).toBe(0)
    for (const { name, title, heldFrom } of attacks) {
      const verdict =
        heldFrom <= 1 ? `[32m${common.held.ja}` : `[31m${common.breached.ja}`
      const line = stdout.split('\n').find((line) => line.includes(name))
      expect(line).toContain(title.ja)
      expect(line).toContain(`${esc}${verdict}`)
    }
  })

  test('with an unknown name says so, lists the known ones and exits 2', async () => {
    const { code, stdout, stderr } = await runWorkshop(['attack', '0', 'nope'])
    expect(code).toBe(2)
    expect(stderr).toBe('No attack is called nope.\n')
    expect(stdout).toContain('read-salaries')
  })

  test('with an option that npm has kept for itself says where -- belongs', async () => {
    const env = { npm_config_lang: 'true', LANG: 'ja_JP.UTF-8' }
    const { code, stderr } = await runWorkshop(['attack', '0'], env)
    expect(code).toBe(2)
    expect(stderr).toContain('npm run attack 0 -- --lang')
  })

  test('tells the story, the exchange, what was reached and the verdict', async () => {
    const { code, stdout } = await runWorkshop(['attack', '0', 'read-salaries'])
    expect(code).toBe(0)
    expect(stdout).toContain('POST /mcp HTTP/1.1')
    expect(stdout).not.toContain('Authorization')
    expect(stdout).toContain('HTTP/1.1 200 OK')
    expect(stdout).toContain('the document “Salaries 2026 / 2026年の給与”')
    expect(stdout).toContain(common.breached.en)
    const story = stdout.replaceAll(/\s+/g, ' ')
    expect(story).toContain(attacks[0]?.story.en)
  })

  test('never shows the secret, not even where it went over the wire', async () => {
    const { code, stdout } = await runWorkshop([
      'attack',
      '1',
      'listen-in',
      '--lang',
      'ja',
    ])
    expect(code).toBe(0)
    expect(stdout).toContain('Authorization: Bearer ‹secret›')
    expect(stdout).toContain('文書「Salaries 2026')
    expect(stdout).not.toContain(secret)
    const wide = stdout.split('\n').filter((line) => stringWidth(line) > 80)
    expect(wide).toEqual([])
  })
})

/** A server that answers every connection with the same bytes. */
async function createTarget(
  answer: string,
  refunds: Refund[] = [],
): Promise<{ target: Target; received(): string }> {
  let received = ''
  const server = createServer((socket) => {
    socket.on('data', (bytes) => {
      received += bytes
      socket.end(answer)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  let reads = 0
  const target: Target = {
    step: 1,
    url: new URL(`http://127.0.0.1:${port}/mcp`),
    ca: undefined,
    secret,
    rotated: undefined,
    people: undefined,
    issuer: undefined,
    stolen: {},
    keys: undefined,
    folder: folderOf(1),
    readRefunds: async () => (reads++ === 0 ? [] : refunds),
  }
  return { target, received: () => received }
}

/** An HTTP answer with a tool's result in it. */
function answerWith(status: string, text: string, isError = false): string {
  const result = { content: [{ type: 'text', text }], isError }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, result })
  return `HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n${body}`
}

const find = (name: string) =>
  attacks.find((attack) => attack.name === name) as Attack

const document = '# Salaries\n| Demo employee 01 |'
const unauthorized = '401 Unauthorized'

describe('an attack is judged by its effect', () => {
  test.each(['read-salaries', 'add-character', 'read-source', 'listen-in'])(
    '%s breaches a server that answers 401 with the document',
    async (name) => {
      const { target } = await createTarget(answerWith(unauthorized, document))
      const { breached } = await runAttack(find(name), target)
      expect(breached).toBe(true)
    },
  )

  test.each(attacks.map(({ name }) => name))(
    '%s is held by a server that answers 200 with an error of the tool',
    async (name) => {
      const { target } = await createTarget(
        answerWith('200 OK', document, true),
      )
      const { breached, reached } = await runAttack(find(name), target)
      expect([breached, reached]).toEqual([false, undefined])
    },
  )

  test.each(attacks.map(({ name }) => name))(
    '%s is held by a server that hangs up',
    async (name) => {
      const { target } = await createTarget('')
      const { breached } = await runAttack(find(name), target)
      expect(breached).toBe(false)
    },
  )

  const made: Refund = {
    id: 'R-0123456789',
    at: '2026-01-01T00:00:00.000Z',
    customer: 'C-1016',
    amount: 50_000,
    reason: 'x',
    by: 'shared',
  }

  test('a refund in the ledger is a breach, whatever the status said', async () => {
    const { target } = await createTarget(answerWith(unauthorized, ''), [made])
    const { reached } = await runAttack(find('refused-but-ran'), target)
    expect(reached?.en).toContain('R-01234567: 50,000 yen to C-1016')
    expect(reached?.ja).toContain('shared')
  })

  test('a refund by a name of its own cannot be denied', async () => {
    const named = { ...made, by: 'till-3' }
    const { target } = await createTarget(answerWith('200 OK', ''), [named])
    const { breached } = await runAttack(find('deny-refund'), target)
    expect(breached).toBe(false)
  })
})

describe('an exchange', () => {
  test('is kept as it was sent, byte for byte, but for the secret', async () => {
    const { target, received } = await createTarget('HTTP/1.1 200 OK\r\n\r\n')
    const wire = openWire(target, secret)
    await wire.call({ tool: 'a', arguments: { text: '茶' }, secret })
    const [exchange] = wire.exchanges
    expect(exchange?.sent).toContain('Bearer ‹secret›')
    expect(exchange?.sent.replace('‹secret›', secret)).toBe(received())
  })
})

const source = fileURLToPath(new URL('../src/', import.meta.url))
const told: { words: Record<string, Text> }[] = await Promise.all(
  readdirSync(source)
    .map((folder) => join(source, folder, 'words.ts'))
    .filter(existsSync)
    .map((file) => import(pathToFileURL(file).href)),
)

describe('what a learner reads', () => {
  test('stands in the folders of the commands', () => {
    expect(told.length).toBeGreaterThan(9)
  })

  const texts = [
    ...Object.entries(common),
    ...told.flatMap(({ words }) => Object.entries(words)),
    ...Object.entries(misuses),
    ...attacks.map(({ name, title }) => [name, title] as const),
    ...attacks.map(({ name, story }) => [`${name} story`, story] as const),
  ]

  test.each(texts)(
    '%s is there in both languages, with the same values',
    (_name, text) => {
      const values = (lang: Language) =>
        [...text[lang].matchAll(/\{\w+\}/g)].map(String).sort()
      expect(values('ja')).toEqual(values('en'))
      expect(languages.map((lang) => text[lang].trim())).not.toContain('')
    },
  )

  test.each(attacks)(
    '$name has a name that can be typed, and no other has it',
    ({ name }) => {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/)
      expect(attacks.filter((attack) => attack.name === name)).toHaveLength(1)
    },
  )
})
