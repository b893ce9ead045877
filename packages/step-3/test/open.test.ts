import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { openOffice } from '@guard-up/office'
import { expect, onTestFinished, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { readEdge } from '../src/edge.ts'
import { checksumOf, digestOf } from '../src/keys.ts'
import { TokenStore } from '../src/tokens.ts'

/** Calls a tool, as a proxy in front passes it on. */
async function call(port: number, secret: string, params: object) {
  const headers = {
    Host: 'localhost:3000',
    'X-Forwarded-Proto': 'https',
    Authorization: `Bearer ${secret}`,
    Accept: 'application/json, text/event-stream',
    'Content-Type': 'application/json',
  }
  const address = { host: '127.0.0.1', port, path: '/mcp' }
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
  const sent = request({ ...address, method: 'POST', headers })
  sent.end(JSON.stringify(message))
  const [answer] = await once(sent, 'response')
  return text(answer)
}

test('whose token is in force is asked as often after three seconds as at first', async () => {
  const home = mkdtempSync(join(tmpdir(), 'guard-up-open-'))
  const office = await openOffice({ OFFICE_DIR: home })
  const start = `gup_${randomBytes(32).toString('base64url')}_`
  const secret = start + checksumOf(start)
  const tokens = new TokenStore()
  const notBefore = new Date(0)
  const expiresAt = new Date(Date.now() + 60_000)
  const digest = digestOf(secret)
  const scopes = ['documents:read']
  tokens.replace([{ name: 'desk', digest, scopes, notBefore, expiresAt }])
  const { verify } = tokens
  const askedAt: number[] = []
  tokens.verify = (...question) => {
    askedAt.push(performance.now())
    return verify(...question)
  }
  const slow = { ...office, readDocument: () => setTimeout(4_500, 'At last.') }
  const edge = readEdge({ TRUSTED_PROXY: '127.0.0.1' }, 3000)
  const server = createServer(createApp(slow, edge, tokens))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(async () => {
    server.close()
    await office.close()
    rmSync(home, { recursive: true })
  })
  const { port } = server.address() as AddressInfo
  const began = performance.now()
  const params = { name: 'read_document', arguments: { path: '.' } }
  const answer = await call(port, secret, params)
  expect(answer).toContain('At last.')
  const late = askedAt.filter((at) => at - began > 2_500)
  expect(late.length).toBeGreaterThanOrEqual(3)
})
