import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { expectIgnored } from '../../ask/alike.ts'
import { ask, guardedToken, isServed, wrongSecret } from '../../ask/answer.ts'
import { asvsChapters, authorization, oauth21 } from '../../sources.ts'

export const queryTokenIgnored: Property = {
  id: 'bearer/query-token-ignored',
  claim: {
    en: 'a token in the URL makes no difference',
    ja: 'URLに書かれたトークンは何の効果も持たない',
  },
  source: [
    oauth21('5.1'),
    authorization('token-requirements'),
    asvsChapters.dataProtection,
  ],
  owasp: ['MCP01', 'MCP07'],
  level: 'must',
  since: 1,
  needs: ['token'],
  advice: {
    en: 'Read the token from the Authorization header only: URLs are kept in logs, histories and Referer headers.',
    ja: 'トークンはAuthorizationヘッダーからだけ読み取ります。URLはログ、履歴、Refererヘッダーに残ります。',
  },
  check: ignoresQuery,
}

/** A token in the URL makes no difference, whatever its parameter is called. */
async function ignoresQuery(subject: Subject): Promise<void> {
  const token = await guardedToken(subject)
  const { pathname, search } = subject.url
  const targetOf = (name: string, secret: string) =>
    `${pathname}${search ? `${search}&` : '?'}${name}=${encodeURIComponent(secret)}`
  for (const name of ['access_token', 'token', 'api_key', 'key', 'auth']) {
    await expectIgnored(subject, token, `?${name}= in the URL`, (secret) => ({
      target: targetOf(name, secret),
    }))
  }
  // An EventSource of a browser can send no header.
  for (const name of ['access_token', 'token']) {
    const where = `?${name}= in the URL of a stream`
    await expectIgnored(subject, token, where, (secret) => ({
      method: 'GET',
      headers: [['Accept', 'text/event-stream']],
      target: targetOf(name, secret),
      body: null,
    }))
  }
  const target = targetOf('access_token', token)
  const both = await ask(subject, { secret: wrongSecret, target })
  expect(!isServed(both), 'A token in the URL made up for a wrong one.')
}
