import type { Answer } from '../../../probe/answer.ts'
import { initializeMessage } from '../../../probe/dialect.ts'
import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { ask, isServed, said } from '../../ask/answer.ts'
import { bearerChallenges, challengeOf } from '../../ask/challenges.ts'
import { nobodysTool, otherDialects } from '../../ask/requests.ts'
import { authorization, rfc } from '../../sources.ts'

export const missing401Challenge: Property = {
  id: 'bearer/missing-401-challenge',
  claim: {
    en: 'a request without a credential is answered 401 with one Bearer challenge, whatever its method',
    ja: '資格情報のないリクエストは、どのメソッドでもBearerチャレンジ1つを伴う401になる',
  },
  source: [
    rfc(6750, '3'),
    rfc(9110, '15.5.2'),
    authorization('token-requirements'),
  ],
  owasp: ['MCP07'],
  level: 'must',
  since: 1,
  needs: [],
  advice: {
    en: 'Put one guard above every route of the endpoint, for all methods, and answer `401` with `WWW-Authenticate: Bearer realm="…"`.',
    ja: 'エンドポイントのすべてのルートより上に、全メソッド共通のガードを1つ置き、`WWW-Authenticate: Bearer realm="…"`を付けて`401`を返します。',
  },
  check: challengesEveryMethod,
}

/** Every method without a credential is told which one is wanted. */
async function challengesEveryMethod(subject: Subject): Promise<void> {
  for (const method of ['POST', 'GET', 'DELETE', 'HEAD', 'PUT']) {
    const answer = await ask(subject, { method })
    // Methods that MCP does not know need no guard where nothing serves them.
    const foreign = ['HEAD', 'PUT'].includes(method)
    if (foreign && [404, 405, 501].includes(answer.status)) continue
    expectChallenge(answer, method)
  }
  for (const method of openMessages) {
    const message = { jsonrpc: '2.0', id: 1, ...messageOf(method) }
    expectChallenge(await ask(subject, { body: message }), method)
    for (const other of otherDialects(subject, message)) {
      const { revision, ...probe } = other
      const answer = await ask(subject, probe)
      const name = `${method} by ${revision}`
      expect(
        !isServed(answer) && answer.status >= 400,
        `${name}, without a credential, was answered ${said(answer)}, not 401.`,
      )
      // Who does not speak it may say so first.
      if (answer.status === 401) expectChallenge(answer, name)
    }
  }
}

/** What people let through so that clients can look around. */
const openMessages = [
  'initialize',
  'ping',
  'tools/list',
  'tools/call',
  'resources/list',
  'prompts/list',
  'server/discover',
] as const

function messageOf(method: (typeof openMessages)[number]) {
  if (method === 'initialize') return initializeMessage()
  const params =
    method === 'tools/call' ? { name: nobodysTool, arguments: {} } : {}
  return { method, params }
}

/** Asserts that an answer is a 401 with one challenge, and nothing else. */
function expectChallenge(answer: Answer, name: string): void {
  expect(
    answer.status === 401,
    `${name} without a credential was answered ${said(answer)}, not 401.`,
  )
  expect(
    !isServed(answer),
    `The 401 to ${name} without a credential brings a result along.`,
  )
  const challenges = bearerChallenges(answer)
  const single = challenges
    ? challenges.length === 1 && challenges[0]?.params.size !== 0
    : /^Bearer +\w+ *=/i.test(challengeOf(answer))
  expect(
    single,
    `The 401 to ${name} has no single Bearer challenge with a parameter.`,
  )
}
