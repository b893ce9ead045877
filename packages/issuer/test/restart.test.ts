import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  browserOf,
  Client,
  cleanUp,
  folder,
  freePort,
  introspect,
  send,
  startIssuer,
} from './issuer.ts'
import { Browser } from './wire.ts'

afterAll(cleanUp)

describe('what was killed and started again', () => {
  test('knows its codes, tokens, sessions, clients and keys', async () => {
    const port = await freePort()
    const env = {
      PORT: String(port),
      ISSUER_URL: `https://127.0.0.1:${port}`,
      ISSUER_DIR: join(folder, 'killed'),
    }
    let issuer = await startIssuer(env)
    const again = async () => {
      await issuer.stop('SIGKILL')
      issuer = await startIssuer(env)
    }
    const client = await Client.of(issuer)
    const published = await send(client.as.jwks_uri as string)
    const keys = await published.text()
    // No browser holds it against an address, and never against localhost.
    expect(published.headers.get('strict-transport-security')).toBeTruthy()
    const params = await client.authorize()
    await again()
    const later = await send(client.as.jwks_uri as string)
    expect(await later.text()).toBe(keys)
    const tokens = await client.redeem(params)
    expect(tokens.status).toBe(200)
    expect((await introspect(issuer, tokens.access_token)).active).toBe(true)
    const next = await client.refresh(tokens.refresh_token)
    expect(next.status).toBe(200)
    await again()
    expect((await introspect(issuer, next.access_token)).active).toBe(true)
    // What was used, stays used.
    expect(await client.redeem(params)).toMatchObject({
      error: 'invalid_grant',
    })
    const browser = browserOf(client.as, 'alice')
    await browser.visit(await client.url())
    expect(browser.page.text).toContain('You are logged in as alice.')
    await again()
    const back = new URL(await browser.press('allow')).searchParams
    expect(back.get('code')).toBeTruthy()
    expect(await issuer.stop('SIGTERM')).toBe(0)
  })
})

/** Nobody but the owner may read any of it. */
function expectPrivate(path: string): void {
  const stat = statSync(path)
  expect(stat.mode & 0o077, path).toBe(0)
  if (!stat.isDirectory()) return
  for (const name of readdirSync(path)) expectPrivate(join(path, name))
}

describe('a first start', () => {
  test('makes two people whose passwords are kept by nobody, all of it private', async () => {
    const issuer = await startIssuer({ ISSUER_PEOPLE_FILE: '' })
    const found = [
      ...issuer.stderr().matchAll(/The password of (\w+) is (\S+) /g),
    ].map(([, name = '', password = '']) => [name, password] as const)
    expect(found.map(([name]) => name).sort()).toEqual(['alice', 'bob'])
    const client = await Client.of(issuer)
    for (const [name, password] of found) {
      const browser = new Browser(send)
      const back = await browser.allow(await client.url(), name, password)
      expect(new URL(back).searchParams.get('code')).toBeTruthy()
      for (const file of readdirSync(issuer.folder)) {
        if (file === 'store') continue
        const text = readFileSync(join(issuer.folder, file), 'utf8')
        expect(text).not.toContain(password)
      }
    }
    const secret = readFileSync(join(issuer.folder, 'office.secret'), 'utf8')
    const clients = readFileSync(join(issuer.folder, 'clients.json'), 'utf8')
    expect(clients).not.toContain(secret)
    if (process.platform !== 'win32') expectPrivate(issuer.folder)
    await issuer.stop()
  })
})
