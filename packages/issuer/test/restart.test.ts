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
    const env = {
      PORT: String(await freePort()),
      ISSUER_DIR: join(folder, 'killed'),
    }
    let issuer = await startIssuer(env)
    const again = async () => {
      await issuer.stop('SIGKILL')
      issuer = await startIssuer(env)
    }
    const client = await Client.of(issuer)
    const jwks = async () => (await send(client.as.jwks_uri as string)).text()
    const keys = await jwks()
    const params = await client.authorize()
    await again()
    expect(await jwks()).toBe(keys)
    const tokens = await client.redeem(params)
    expect(tokens.status).toBe(200)
    await again()
    expect((await introspect(issuer, tokens.access_token)).active).toBe(true)
    const next = await client.refresh(tokens.refresh_token)
    expect(next.status).toBe(200)
    await again()
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

describe('a first start', () => {
  test('makes two people whose passwords are shown, and kept by nobody', async () => {
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
    await issuer.stop()
  })

  test.skipIf(process.platform === 'win32')(
    'leaves nothing that others may read',
    async () => {
      const issuer = await startIssuer({ ISSUER_PEOPLE_FILE: '' })
      const walk = (path: string) => {
        const stat = statSync(path)
        expect(stat.mode & 0o077, path).toBe(0)
        if (!stat.isDirectory()) return
        for (const name of readdirSync(path)) walk(join(path, name))
      }
      walk(issuer.folder)
      await issuer.stop()
    },
  )
})
