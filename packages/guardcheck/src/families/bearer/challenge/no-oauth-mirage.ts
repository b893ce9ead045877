import type { Answer } from '../../../probe/answer.ts'
import type { Subject } from '../../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import { ask, said } from '../../ask/answer.ts'
import { bearerChallenges } from '../../ask/challenges.ts'
import { authorization } from '../../sources.ts'

export const noOauthMirage: Property = {
  id: 'bearer/no-oauth-mirage',
  claim: {
    en: 'nothing makes a client start OAuth, unless it is really offered',
    ja: '本当に提供していない限り、クライアントにOAuthを始めさせるものはない',
  },
  source: [authorization('protected-resource-metadata-discovery-requirements')],
  owasp: ['MCP07'],
  level: 'policy',
  since: 0,
  needs: [],
  advice: {
    en: 'Answer `404` at `/.well-known/oauth-*` and `/register`, outside the guard: a client that meets a 200, a 401 or a redirect there starts OAuth and ignores the header you configured.',
    ja: '`/.well-known/oauth-*`と`/register`には、ガードの外で`404`を返します。200、401、リダイレクトを受け取ったクライアントはOAuthを始め、設定済みのヘッダーを無視することがあります。',
  },
  check: showsNoMirage,
}

/** Nothing that makes a client start OAuth is there, unless OAuth is. */
async function showsNoMirage(subject: Subject): Promise<void> {
  const path = subject.url.pathname.replace(/\/$/, '')
  const names = [
    'oauth-protected-resource',
    'oauth-authorization-server',
    'openid-configuration',
  ]
  const targets = names.flatMap((name) => [
    ...(path ? [`/.well-known/${name}${path}`] : []),
    `/.well-known/${name}`,
  ])
  const documents = new Map<string, Answer>()
  for (const target of targets) {
    const answer = await ask(subject, {
      method: 'GET',
      target,
      headers: [['Accept', 'application/json']],
    })
    // What is really offered is looked at by properties of its own.
    if (offersOAuth(answer)) return
    documents.set(target, answer)
  }
  if (await hasPointer(subject)) return
  for (const [target, answer] of documents) {
    expect(
      isNowhere(answer),
      `GET ${target} was answered ${said(answer)}, not 404.`,
    )
  }
  const registration = await ask(subject, {
    target: '/register',
    body: { client_name: 'guardcheck', redirect_uris: [] },
  })
  expect(
    isNowhere(registration),
    `POST /register was answered ${said(registration)}, not 404.`,
  )
}

/** Whether the challenge names metadata, which then has to be there. */
async function hasPointer(subject: Subject): Promise<boolean> {
  const challenges = bearerChallenges(await ask(subject)) ?? []
  const pointer = challenges
    .map(({ params }) => params.get('resource_metadata'))
    .find((value) => value !== undefined)
  if (pointer === undefined) return false
  const url = URL.canParse(pointer) ? new URL(pointer) : undefined
  if (url && url.host !== subject.url.host) {
    throw new NotApplicable(`It offers OAuth: its metadata is at ${url.host}.`)
  }
  const metadata =
    url &&
    (await ask(subject, { method: 'GET', target: url.pathname + url.search }))
  if (metadata && offersOAuth(metadata)) return true
  expect(
    false,
    'The challenge names a resource_metadata at which no metadata is.',
  )
}

/** Whether a document names where tokens are issued (RFC 9728, RFC 8414). */
function offersOAuth({ status, body }: Answer): boolean {
  if (status !== 200) return false
  try {
    const found = JSON.parse(body)
    const servers = found?.authorization_servers
    return (
      (typeof found?.resource === 'string' &&
        Array.isArray(servers) &&
        servers.length > 0) ||
      (typeof found?.issuer === 'string' &&
        typeof found.token_endpoint === 'string')
    )
  } catch {
    return false
  }
}

const isNowhere = ({ status }: Answer) => [404, 405, 410].includes(status)
