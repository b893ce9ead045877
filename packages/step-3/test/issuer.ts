import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose'
import { afterEach } from 'vitest'
import { openOAuth } from '../src/oauth.ts'

export const resource = new URL('https://mcp.example.com/mcp')
const home = mkdtempSync(join(tmpdir(), 'guard-up-issuers-'))
const secretFile = join(home, 'secret')
writeFileSync(secretFile, 'a secret+%&=\r\n', { mode: 0o600 })

let ending: (() => void)[] = []
afterEach(() => {
  for (const end of ending) end()
  ending = []
})
process.once('exit', () => rmSync(home, { recursive: true, force: true }))

export type Answering = (req: IncomingMessage, res: ServerResponse) => void

/** An authorization server as one of them is; what is told replaces parts. */
export interface Shape {
  path?: string
  place?: string
  metadata?: Record<string, unknown>
  keys?: JWK[]
  routes?: Record<string, Answering>
  claims?: Record<string, unknown>
}

export async function openIssuer({
  path = '',
  place = `/.well-known/oauth-authorization-server${path}`,
  metadata = {},
  keys = [],
  routes = {},
  claims = {},
}: Shape = {}) {
  const asked: { path: string; body: string; authorization: string }[] = []
  const server: Server = createServer(async (req, res) => {
    const { url = '', headers } = req
    const { authorization = '' } = headers
    asked.push({ path: url, body: await text(req), authorization })
    const tell = (value: unknown) => {
      res.setHeader('Content-Type', 'application/json')
      res.end(JSON.stringify(value))
    }
    const route = routes[url]
    if (route) return route(req, res)
    if (url === place) {
      const jwks_uri = `${base}/jwks`
      const introspection_endpoint = `${base}/introspect`
      return tell({ issuer, jwks_uri, introspection_endpoint, ...metadata })
    }
    if (url === '/jwks') return tell({ keys })
    if (url === '/introspect') {
      return tell({ active: true, ...honest(), ...claims })
    }
    res.writeHead(404).end('<h1>Not here</h1>')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const base = `http://127.0.0.1:${port}`
  const issuer = base + path
  const honest = () => ({
    iss: issuer,
    aud: resource.href,
    sub: 'alice',
    scope: 'stock:read',
    exp: Math.floor(Date.now() / 1000) + 300,
  })
  const end = () => {
    server.closeAllConnections()
    server.close()
  }
  ending.push(end)
  const count = (what: string) => asked.filter((it) => it.path === what).length
  return { issuer, asked, count, honest, end }
}

export type Issuer = Awaited<ReturnType<typeof openIssuer>>

export const asking = {
  OAUTH_CLIENT_ID: 'the office:1',
  OAUTH_CLIENT_SECRET_FILE: secretFile,
}

export function trust({ issuer }: Issuer, env: NodeJS.ProcessEnv = {}) {
  const oauth = openOAuth({ OAUTH_ISSUER: issuer, ...env }, resource)
  if (!oauth) throw new Error('There is no issuer.')
  return oauth.verify
}

export async function keyOf(alg: string, kid?: string) {
  const pair = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(pair.publicKey)), ...(kid && { kid }) }
  return { ...pair, jwk }
}

export type Pair = Awaited<ReturnType<typeof keyOf>>

export const sign = (
  { honest }: Issuer,
  { privateKey }: Pair,
  header: { alg: string; kid?: string },
  claims = {},
) =>
  new CompactSign(Buffer.from(JSON.stringify({ ...honest(), ...claims })))
    .setProtectedHeader({ typ: 'at+jwt', ...header })
    .sign(privateKey)

export const ec = await keyOf('ES256', 'k')
