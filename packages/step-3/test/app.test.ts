import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { openOffice } from '@guard-up/office'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { readEdge } from '../src/edge.ts'
import { checksumOf, digestOf } from '../src/keys.ts'
import { TokenStore } from '../src/tokens.ts'

/** Every request goes over one connection. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
afterAll(() => agent.destroy())

/** A request, as a proxy in front passes it on. */
const knock = (port: number, headers: Record<string, string>) =>
  request({
    agent,
    host: '127.0.0.1',
    port,
    path: '/mcp',
    method: 'POST',
    headers: {
      Host: 'localhost:3000',
      'X-Forwarded-Proto': 'https',
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      ...headers,
    },
  })

/** Calls a tool; answers what is answered. */
async function call(port: number, secret: string, params: object) {
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
  const sent = knock(port, { Authorization: `Bearer ${secret}` })
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
  // Whoever was answered before on the connection is looked at no less.
  expect(await call(port, secret, { name: 'none' })).toContain('No scope')
  const began = performance.now()
  const params = { name: 'read_document', arguments: { path: '.' } }
  const answer = await call(port, secret, params)
  expect(answer).toContain('At last.')
  const late = askedAt.filter((at) => at - began > 2_500)
  expect(late.length).toBeGreaterThanOrEqual(3)
})

test('an origin that is listed, and the own name, are compared letter by letter', async () => {
  const home = mkdtempSync(join(tmpdir(), 'guard-up-origins-'))
  const office = await openOffice({ OFFICE_DIR: home })
  const listed = 'https://app.example.com'
  const env = { TRUSTED_PROXY: '127.0.0.1', ALLOWED_ORIGINS: listed }
  const app = createApp(office, readEdge(env, 3000), new TokenStore())
  const server = createServer(app)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(async () => {
    server.close()
    await office.close()
    rmSync(home, { recursive: true })
  })
  const { port } = server.address() as AddressInfo
  const statusOf = async (headers: Record<string, string>) => {
    const sent = knock(port, headers).end('{}')
    const [answer] = await once(sent, 'response')
    answer.resume()
    await once(answer, 'end')
    return answer.statusCode
  }
  expect(await statusOf({ Origin: listed })).toBe(401)
  for (const other of [
    'https://app-example.com',
    'https://appxexample.com',
    'https://app.example-com',
    'https://app.example.com.evil.example',
    'https://evil.app.example.com',
    'https://app.example.com:443',
    'https://APP.example.com',
    'https://app.example.com, https://evil.example',
    'http://app.example.com',
  ]) {
    expect([other, await statusOf({ Origin: other })]).toEqual([other, 403])
  }
  for (const other of [
    'evillocalhost:3000',
    'evil.localhost:3000',
    'localhost:3000.evil.example',
    'localhost:30000',
    'localhost',
  ]) {
    expect([other, await statusOf({ Host: other })]).toEqual([other, 403])
  }
})

test('nobody is a proxy that was not named, on this machine either', () => {
  const { proxies } = readEdge({}, 3000)
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1']) {
    expect([address, proxies(address, 0)]).toEqual([address, false])
  }
})
