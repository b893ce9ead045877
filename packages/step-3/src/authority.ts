import pLimit from 'p-limit'
import { readPrivate } from './files.ts'
import type { Admit } from './guard.ts'
import { openKeys, orUnavailable } from './jwks.ts'

/** Asks the authorization server at `issuer`; what it leaves open is a 503. */
export function openAuthority(issuer: string, env: NodeJS.ProcessEnv) {
  const maxAge = Number(env.OAUTH_MAX_AGE || 60) * 1000
  if (!(maxAge > 0)) throw new Error('OAUTH_MAX_AGE must be in seconds.')
  const client = readClient(env)
  let found: ReturnType<typeof discover> | undefined
  const metadata = () => {
    found ??= discover(issuer, maxAge)
    // However many come, it is asked once a second while it does not answer.
    found.catch(() => setTimeout(() => (found = undefined), 1_000).unref())
    return found
  }
  let away = 0
  const ask = async (token: string) => {
    const { endpoint } = await metadata()
    if (!endpoint) throw new Error('It names no introspection_endpoint.')
    if (Date.now() < away) throw new Error('It was away a moment ago.')
    const headers = { Authorization: `Basic ${client}` }
    const body = new URLSearchParams({ token })
    const asked = send(endpoint, { method: 'POST', headers, body })
    const isAway = await asked.then(
      ({ status }) => status > 501,
      () => true,
    )
    if (isAway) away = Date.now() + 1_000
    const response = await asked
    if (response.ok) return Object(await response.json())
    throw new Error(`Introspection was answered ${response.status}.`)
  }
  // Few questions at a time: whoever waits may have been refused meanwhile.
  const line = pLimit(20)
  const introspect = (token: string, admit: Admit = async () => {}) =>
    line(() => admit().then(() => orUnavailable(() => ask(token))))
  return {
    maxAge,
    /** What finds the key of a token; undefined where none are published. */
    findKeys: () => orUnavailable(async () => (await metadata()).keys),
    /** What a token is worth (RFC 7662); undefined where we may not ask. */
    introspect: client ? introspect : undefined,
  }
}

/** Reads what a server says of itself, wherever it does (RFC 8414 §3). */
async function discover(issuer: string, maxAge: number) {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  let other = 'nobody'
  for (const place of [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]) {
    const response = await send(place)
    // An error is no metadata, nor is a page for people.
    const said = Object(response.ok && (await response.json().catch(() => {})))
    const { jwks_uri: uri, introspection_endpoint: endpoint } = said
    if (said.issuer === issuer) return { endpoint, keys: openKeys(uri, maxAge) }
    other = said.issuer ?? other
  }
  throw new Error(`Its metadata is that of ${other}.`)
}

/** How we sign in there: `Basic`, of what is encoded (RFC 6749 §2.3.1). */
function readClient(env: NodeJS.ProcessEnv): string | undefined {
  const { OAUTH_CLIENT_ID: id, OAUTH_CLIENT_SECRET_FILE: file } = env
  if (!id && !file) return undefined
  const both = 'OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET_FILE'
  if (!id || !file) throw new Error(`Set ${both}, or none.`)
  const secret = readPrivate('OAUTH_CLIENT_SECRET_FILE', file).trim()
  if (!secret) throw new Error('OAUTH_CLIENT_SECRET_FILE names an empty file.')
  const encode = (text: string) => `${new URLSearchParams([[text, '']])}`
  return btoa(`${encode(id)}:${encode(secret)}`.replaceAll('=', ''))
}

/** Follows nobody elsewhere, and waits 5 s. */
const send = (url: string, init?: RequestInit) => {
  const signal = AbortSignal.timeout(5_000)
  return fetch(url, { ...init, redirect: 'manual', signal })
}
