import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { readLedger } from '@guard-up/office'
import { describe, expect, test } from 'vitest'
import {
  call,
  mint,
  type Server,
  scratch,
  serverLine,
  startLine,
  startServer,
  until,
} from './scratch.ts'

const refund: [string, object] = [
  'issue_refund',
  { customer: 'C-1001', amount: 1, reason: 'no line' },
]

const env = { MCP_TOKENS_FILE: 'tokens.json' }

/** How it ended after a few calls; the word has a moment to come. */
async function callOn({ url, ended }: Server, secret: string) {
  for (let times = 0; times < 3; times += 1) {
    await call(url, secret, refund).catch(() => undefined)
  }
  return Promise.race([ended, setTimeout(3000, 'It goes on.')])
}

test('a secret that a caller puts elsewhere is masked before its text is cut', async () => {
  const cwd = scratch()
  const secret = await mint('desk', cwd)
  const { url, log } = await startServer(cwd, env)
  // Of what is cut at 80 characters, 26 of the secret were left.
  const name = `${'lost and found '.repeat(4).slice(0, 54)}${secret}`
  await call(url, secret, [name, {}])
  await call(url, secret, refund)
  await until(async () => log().includes('"tool":"issue_refund"'))
  expect(log()).toContain('lost and found')
  expect(log()).not.toContain(secret.slice(0, 8))
})

test('the id of a line is never the one that a caller sends', async () => {
  const cwd = scratch()
  const secret = await mint('desk', cwd)
  const { url, log } = await startServer(cwd, env)
  const headers = {
    Authorization: `Bearer ${secret}`,
    'X-Request-Id': 'of-somebody-else',
    'X-Correlation-Id': 'of-somebody-else',
    Traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`,
  }
  const answer = await fetch(url, { method: 'POST', headers })
  await until(async () => log().includes('"id":'))
  const id = answer.headers.get('x-request-id')
  expect(log()).toContain(`"id":"${id}"`)
  expect(log()).not.toMatch(/of-somebody-else|abababab/)
})

const countRefunds = async (cwd: string) =>
  (await readLedger(join(cwd, 'office'))).refunds.length

describe.skipIf(process.platform === 'win32')(
  'a server that cannot write its log ends, at the first call,',
  () => {
    test('when its reader has gone', async () => {
      const cwd = scratch()
      const secret = await mint('desk', cwd)
      const server = await startServer(cwd, env)
      await call(server.url, secret, refund)
      server.stopReading()
      expect(await callOn(server, secret)).toBe(1)
      // One that was written down, and the one that could not be.
      expect(await countRefunds(cwd)).toBeLessThanOrEqual(2)
    })

    test.skipIf(process.platform !== 'linux')(
      'when its disk is full',
      async () => {
        const cwd = scratch()
        const secret = await mint('desk', cwd)
        const line = `exec ${serverLine} 2>/dev/full`
        const server = await startLine(line, cwd, env)
        expect(await callOn(server, secret)).toBe(1)
        expect(await countRefunds(cwd)).toBeLessThanOrEqual(1)
      },
    )
  },
)
