import { setTimeout } from 'node:timers/promises'
import type { IssuerHold, SignInHold } from '../../probe/options.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable } from '../../property.ts'
import {
  type Asked,
  type Authority,
  type Granted,
  openAuthority,
  type Parameters,
} from '../../sign-in/authority.ts'

/** A conversation with the authorization server that the subject trusts. */
export interface Trusted extends Authority {
  hold: SignInHold
}

/**
 * Opens a conversation with the authorization server of the subject.
 * @throws {Violation} when the subject names no such server
 * @throws {NotApplicable} when nobody can sign in there
 */
export async function openTrusted(subject: Subject): Promise<Trusted> {
  const hold = await findHold(subject)
  const { clientId, redirectUri, person } = hold
  if (!clientId || !redirectUri) {
    throw new NotApplicable(
      'It needs a client there: name one with --client-id and --redirect-uri.',
    )
  }
  if (!person) {
    throw new NotApplicable(
      'It needs somebody who can sign in there: --login and --password-env.',
    )
  }
  subject.hide(person.password)
  const known = { ...hold, clientId, redirectUri, person }
  const resource = subject.url.href
  const authority = await openAuthority({ ...known, resource }).catch(
    (error: Error) => {
      throw new NotApplicable(error.message)
    },
  )
  return { ...authority, hold: known }
}

/**
 * The authorization server that the subject names, as far as it is held.
 * @throws {Violation} when the subject names no such server
 */
export async function findHold(subject: Subject): Promise<IssuerHold> {
  const hold = requireHold(subject)
  const named = await readNamed(subject)
  expect(
    named.length > 0,
    'The server names no authorization server: it takes no tokens of people.',
  )
  expect(
    named.includes(hold.issuer),
    `The server names another authorization server: ${named.join(', ')}.`,
  )
  return hold
}

function requireHold({ issuer }: Subject): IssuerHold {
  if (issuer) return issuer
  throw new NotApplicable('It needs an authorization server to sign in at.')
}

/** The issuers that the subject's metadata names (RFC 9728 §2). */
async function readNamed({ send, url }: Subject): Promise<string[]> {
  const path = `/.well-known/oauth-protected-resource${url.pathname}`
  const answer = await send({ method: 'GET', target: path })
  try {
    const servers = JSON.parse(answer.body).authorization_servers
    return answer.status === 200 && Array.isArray(servers) ? servers : []
  } catch {
    return []
  }
}

/**
 * Signs the person in and trades the code, which a server that works does.
 * @throws {NotApplicable} when it does not, and so nothing can be shown
 */
export async function grantOf(
  { hold, grant }: Trusted,
  subject: Subject,
  scopes: string[] = hold.scopes,
): Promise<Granted> {
  const granted = await grant(hold.person, scopes).catch((error: Error) => {
    throw new NotApplicable(`Nobody could sign in: ${error.message}`)
  })
  subject.hide(granted.access)
  if (granted.refresh) subject.hide(granted.refresh)
  return granted
}

/** A fresh code, and the request that it came of. */
export async function codeOf(
  { hold, authorize }: Trusted,
  changes?: Parameters,
): Promise<{ asked: Asked; code: string }> {
  const scope = hold.scopes.join(' ')
  const { asked, back } = await authorize(hold.person, {
    scope,
    ...changes,
  }).catch((error: Error) => {
    throw new NotApplicable(`Nobody could sign in: ${error.message}`)
  })
  const code = back.searchParams.get('code')
  if (code) return { asked, code }
  const error = back.searchParams.get('error')
  throw new NotApplicable(`Nobody could sign in: ${error}.`)
}

/** What came of an authorization request: a code, or a word for the refusal. */
interface Outcome {
  code: string
  error: string
  /** Where the browser was sent; undefined where a page was shown instead. */
  back: URL | undefined
  asked: Asked
}

/** Sends an authorization request and signs in, where it goes that far. */
export async function outcomeOf(
  authority: Trusted,
  changes: Parameters,
): Promise<Outcome> {
  const [scope] = authority.hold.scopes
  const asking = { scope, ...changes }
  const page = await authority.open(asking)
  const shown = { code: '', error: 'page', back: undefined }
  if (page.status >= 400) return { ...shown, asked: page.asked }
  const { asked, back } =
    page.status === 0
      ? { asked: page.asked, back: page.url }
      : await authority
          .authorize(authority.hold.person, asking)
          .catch(() => ({ asked: page.asked, back: undefined }))
  if (!back) return { ...shown, asked }
  const value = (name: string) => back.searchParams.get(name) ?? ''
  return { code: value('code'), error: value('error'), back, asked }
}

/** Trades a refresh token. */
export const refreshWith = (
  { trade }: Trusted,
  refresh: string,
  changes: Parameters = {},
): Promise<Granted> =>
  trade({ grant_type: 'refresh_token', refresh_token: refresh, ...changes })

/** An authorization server that takes registrations. */
interface Registering {
  register(metadata: Record<string, unknown>): Promise<{
    status: number
    body: Record<string, unknown>
  }>
  authority: Trusted
  stop(): Promise<void>
}

/** The server itself if it takes registrations, or one like it that does. */
export async function openRegistering(
  authority: Trusted,
  { intrusive }: Subject,
): Promise<Registering> {
  const { hold } = authority
  const own = authority.metadata.registration_endpoint
  if (own && !intrusive) {
    throw new NotApplicable(
      'It registers clients there, which stay: allow that with --intrusive.',
    )
  }
  if (!own && !hold.startRegistering) {
    throw new NotApplicable('Nobody can register a client there.')
  }
  const other = own ? undefined : await hold.startRegistering?.()
  const trusted = other ? { ...(await other.open()), hold } : authority
  const endpoint = `${trusted.metadata.registration_endpoint}`
  return {
    authority: trusted,
    async register(metadata) {
      const all = {
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        ...metadata,
      }
      const { status, body } = await trusted.post(endpoint, all)
      return { status, body: parse(body) }
    },
    stop: async () => other?.stop(),
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

/** Milliseconds in which a server must have noticed that a token is dead. */
const notice = 5_000

/** Whether a token is refused within that time. */
export async function dies(subject: Subject, secret: string): Promise<boolean> {
  const end = Date.now() + notice
  for (;;) {
    const { status } = await subject.send({ secret })
    if (status === 401) return true
    if (Date.now() > end) return false
    await setTimeout(250)
  }
}

/** What a token endpoint said, in a word. */
export const answered = ({ status, error }: Granted) => error || `${status}`
