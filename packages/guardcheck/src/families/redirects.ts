import type { Subject } from '../probe/subject.ts'
import { expect, NotApplicable } from '../property.ts'
import {
  openRegistering,
  openTrusted,
  outcomeOf,
  type Trusted,
} from './ask/hold-issuer.ts'

export async function matchesRedirects(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const { redirectUri } = authority.hold
  const registered = await authority.open()
  expect(
    registered.status === 200,
    `The registered redirect URI was answered ${registered.status || 'with a redirect'}.`,
  )
  for (const uri of strangersOf(redirectUri)) {
    await expectPage(authority, { redirect_uri: uri }, uri)
  }
  const client_id = 'no-such-client'
  await expectPage(authority, { client_id }, 'an unknown client')
}

/** URIs that are nearly the registered one. */
function strangersOf(registered: string): string[] {
  const url = new URL(registered)
  const like = (change: Partial<URL>) =>
    Object.assign(new URL(url), change).href
  return [
    like({ pathname: `${url.pathname}/` }),
    like({ pathname: url.pathname.toUpperCase() }),
    like({ pathname: `${url.pathname}/../evil` }).replace('/evil', '/../evil'),
    like({ search: '?next=https://evil.example' }),
    like({ username: 'evil' }),
    registered.replace(url.hostname, `${url.hostname}.evil.example`),
    `https://evil.example/${url.pathname}`,
    `${registered}#evil`,
  ].filter((uri) => uri !== registered)
}

/** A page with an error, from which the browser is sent nowhere. */
async function expectPage(
  authority: Trusted,
  changes: Record<string, string>,
  what: string,
): Promise<void> {
  const { status, url, hops } = await authority.open(changes)
  expect(
    status >= 400 && hops.length === 0,
    status === 0
      ? `For ${what} the browser was sent to ${url.host}.`
      : `For ${what} the answer was ${hops[0] ?? status}, not a page with an error.`,
  )
}

export async function refusesSchemes(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const registering = await openRegistering(authority, subject)
  try {
    const register = (uri: string) =>
      registering.register({ redirect_uris: [uri] })
    const fine = await register('https://client.example/callback')
    expect(
      fine.status === 201,
      `An https redirect URI was answered ${fine.status}, not 201.`,
    )
    for (const uri of [
      'http://evil.example/callback',
      'http://127.0.0.1.evil.example/callback',
      'http://evillocalhost/callback',
      'https://client.example\\@evil.example/callback',
      'https://client.example/call\nback',
      'javascript:alert(1)',
      'data:text/html,evil',
      'https://client.example/callback#evil',
    ]) {
      const { status } = await register(uri)
      expect(
        status === 400,
        `The redirect URI ${JSON.stringify(uri)} was answered ${status}.`,
      )
    }
  } finally {
    await registering.stop()
  }
}

export async function answersWithIssuer(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const { hold, metadata } = authority
  expect(
    metadata.authorization_response_iss_parameter_supported === true,
    'The metadata does not say that redirects carry iss.',
  )
  const state = 'a b+c/%41&é'
  const requests = {
    'a success': { scope: hold.scopes[0] },
    'a silent request': { prompt: 'none' },
    'an unknown response_type': { response_type: 'token' },
    'a missing challenge': {
      code_challenge: undefined,
      code_challenge_method: undefined,
    },
    'an unknown resource': { resource: 'https://unknown.example/mcp' },
  }
  let errors = 0
  for (const [what, changes] of Object.entries(requests)) {
    const { back, error, code } = await outcomeOf(authority, {
      state,
      ...changes,
    })
    if (what === 'a success' && !code) {
      throw new NotApplicable(`Nobody could sign in: ${error}.`)
    }
    if (!back) continue
    if (error) errors += 1
    // What is not in the query stands in the fragment, for other types.
    const values = new URLSearchParams(
      back.search || back.hash.replace('#', ''),
    )
    expect(
      values.get('iss') === hold.issuer,
      `The redirect after ${what} says iss=${values.get('iss')}.`,
    )
    expect(
      values.get('state') === state,
      `The redirect after ${what} says state=${values.get('state')}, not ${state}.`,
    )
  }
  expect(errors > 0, 'No error was told by a redirect.')
}
