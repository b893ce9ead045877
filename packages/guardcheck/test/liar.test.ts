import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LyingIssuer, openLiar } from '../src/liar/issuer.ts'
import { algorithms } from '../src/liar/key-ring.ts'
import { type LieName, lies } from '../src/liar/lies.ts'
import { unlistedAlgorithms } from '../src/liar/mint.ts'

const audience = 'https://mcp.example/mcp'
const claims = { aud: audience, scope: 'documents:read' }

describe('an authorization server that lies', () => {
  let liar: LyingIssuer
  let verify: (token: string) => Promise<unknown>
  beforeAll(async () => {
    liar = await openLiar()
    const keys = createRemoteJWKSet(new URL(`${liar.url}/keys`))
    verify = (token) =>
      jwtVerify(token, keys, {
        issuer: liar.url,
        audience,
        algorithms: [...algorithms],
        typ: 'at+jwt',
        requiredClaims: ['exp'],
      })
  })
  afterAll(() => liar.close())

  test.each(algorithms)('an honest token of %s is honest', async (alg) => {
    liar.algorithm = alg
    await expect(verify(await liar.mint(claims))).resolves.toBeTruthy()
    liar.algorithm = 'ES256'
  })

  test.each(Object.keys(lies) as LieName[])('%s is a lie', async (name) => {
    await expect(verify(await liar.lie(name, claims))).rejects.toThrow()
  })

  test.each(unlistedAlgorithms)('%s is signed as it should be', async (alg) => {
    const keys = createRemoteJWKSet(new URL(`${liar.url}/keys`))
    const token = await liar.signUnlisted(alg, claims)
    await expect(jwtVerify(token, keys)).resolves.toMatchObject({
      protectedHeader: { alg },
    })
    await expect(verify(token)).rejects.toThrow()
  })

  test('a public key that is used as a secret makes a genuine MAC', async () => {
    for (const [form, key] of Object.entries(await liar.publicKeyForms())) {
      const token = liar.forge({ alg: 'HS256' }, claims, key)
      const secret =
        typeof key === 'string' ? new TextEncoder().encode(key) : key
      await expect(jwtVerify(token, secret), form).resolves.toBeTruthy()
    }
  })

  test('an ID token is meant for its client, and not for what it opens', async () => {
    const [, payload = ''] = (await liar.lie('id-token', claims)).split('.')
    const said = JSON.parse(Buffer.from(payload, 'base64url').toString())
    expect(said.aud).not.toBe(audience)
    expect(said).not.toHaveProperty('scope')
  })

  test('questions about one token at the same time are counted', async () => {
    const ask = (token: string) =>
      fetch(`${liar.url}/introspect`, {
        method: 'POST',
        body: new URLSearchParams({ token }),
      })
    const before = liar.hits.introspection
    liar.setDelay(50)
    await Promise.all([ask('one'), ask('other')])
    await ask('one')
    expect(liar.hits.atOnce).toBe(1)
    await Promise.all([ask('one'), ask('one')])
    expect(liar.hits.atOnce).toBe(2)
    expect(liar.hits.introspection - before).toBe(5)
    liar.setDelay(0)
  })

  test('only its client is told what an opaque token is worth', async () => {
    const token = liar.issueOpaque(claims)
    const { id, secret } = liar.client
    const introspect = async (credential: string) => {
      const headers = { Authorization: `Basic ${btoa(credential)}` }
      const body = new URLSearchParams({ token })
      const url = `${liar.url}/introspect`
      return fetch(url, { method: 'POST', headers, body })
    }
    expect((await introspect(`${id}:wrong`)).status).toBe(401)
    const told = await introspect(`${id}:${secret}`)
    expect(await told.json()).toMatchObject({ active: true, ...claims })
    liar.revokeOpaque(token)
    const later = await introspect(`${id}:${secret}`)
    expect(await later.json()).toEqual({ active: false })
  })

  test('a key that is withdrawn is no longer published', async () => {
    const old = await liar.mint(claims)
    await liar.rotate()
    await expect(verify(old)).resolves.toBeTruthy()
    liar.withdraw()
    const keys = createRemoteJWKSet(new URL(`${liar.url}/keys`))
    await expect(jwtVerify(old, keys)).rejects.toThrow()
    const fresh = await liar.mint(claims)
    await expect(jwtVerify(fresh, keys)).resolves.toBeTruthy()
  })
})
