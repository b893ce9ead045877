import { setTimeout } from 'node:timers/promises'
import { tellLie } from '../liar/lies.ts'
import { faultOf } from '../probe/challenge.ts'
import { initializeMessage } from '../probe/dialect.ts'
import type { Answer, Probe, Subject } from '../probe/subject.ts'
import { showsSecret } from '../probe/traces.ts'
import { expect, NotApplicable } from '../property.ts'
import { expectAlike } from './ask/alike.ts'
import { ask, guardedToken, isServed, said, wrongSecret } from './ask/answer.ts'
import { bearerChallenges, challengeOf } from './ask/challenges.ts'
import { nobodysTool, otherDialects } from './ask/requests.ts'

/** Every method without a credential is told which one is wanted. */
export async function challengesEveryMethod(subject: Subject): Promise<void> {
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

/** Whoever sent no Bearer credential made no error with it. */
export async function namesNoError(subject: Subject): Promise<void> {
  const basic: [string, string] = [
    'Authorization',
    'Basic Z3VhcmRjaGVjazp3cm9uZw==',
  ]
  for (const headers of [[], [basic]]) {
    const sent = headers.length === 0 ? 'no credential' : 'a Basic credential'
    const answer = await ask(subject, { headers })
    expect(
      answer.status >= 400 && answer.status < 500,
      `A request with ${sent} was answered ${said(answer)}, not 401.`,
    )
    const [named] = bearerChallenges(answer)
      ?.flatMap(({ params }) => [...params.keys()])
      .filter((name) => name.startsWith('error')) ??
      /\berror\w*(?= *=)/i.exec(challengeOf(answer)) ?? [undefined]
    expect(named === undefined, `The challenge to ${sent} names an ${named}.`)
  }
}

/** Every challenge that can be provoked keeps to the grammar. */
export async function keepsTheGrammar(subject: Subject): Promise<void> {
  const credentials = [
    undefined,
    `Bearer ${wrongSecret}`,
    ...(subject.deadTokens ?? []).map((secret) => `Bearer ${secret}`),
    'Basic Z3VhcmRjaGVjazp3cm9uZw==',
    'Bearer',
    `Bearer ${wrongSecret} junk`,
    'Bearer say "quote"',
    'Bearer say"quote"',
    'Bearer back\\slash',
    'Bearer caf\xe9',
    'Bearer comma,error="x"',
  ]
  for (const credential of credentials) {
    const headers: [string, string][] = credential
      ? [['Authorization', credential]]
      : []
    const answer = await ask(subject, { headers })
    const challenge = challengeOf(answer)
    if (!credential) {
      expect(
        answer.status === 401,
        `No credential was answered ${said(answer)}, not with a challenge.`,
      )
    }
    expect(
      answer.status !== 401 || challenge !== '',
      'A 401 has no WWW-Authenticate header.',
    )
    const fault = challenge === '' ? undefined : faultOf(challenge)
    expect(!fault, `WWW-Authenticate is malformed: ${fault}.`)
  }
}

/** An expired token, as far as anyone can see who does not know its issuer. */
const expiredJwt = (algorithm: string, signature: string) => {
  const part = (value: object) =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = part({ alg: algorithm, typ: 'at+jwt' })
  return `${header}.${part({ sub: 'guardcheck', exp: 1 })}.${signature}`
}

/** Wrong tokens of every kind get one and the same answer. */
export async function refusesAlike(subject: Subject): Promise<void> {
  const first = { secret: wrongSecret }
  const answer = await ask(subject, first)
  expect(
    answer.status >= 400 && answer.status < 500,
    `A wrong token was answered ${said(answer)}, not 401.`,
  )
  const others: [name: string, probe: Probe][] = [
    ['A UUID', { secret: '6f6e6c79-2061-4578-a16d-706c65210000' }],
    ['A short token', { secret: 'x' }],
    ['An expired JWT', { secret: expiredJwt('HS256', 'c2lnbmF0dXJl') }],
    ['An unsigned JWT', { secret: expiredJwt('none', '') }],
  ]
  for (const secret of subject.deadTokens ?? []) {
    others.push(['A token that was good once', { secret }])
  }
  if (subject.token && subject.token.length > 1) {
    const secret = subject.token.slice(0, -1)
    subject.hide(secret)
    others.push(['A valid token without its last character', { secret }])
  }
  for (const lie of ['expired', 'wrong-audience', 'own-key'] as const) {
    const claims = { aud: subject.url.href }
    const secret = await subject.liar?.lie(lie, claims)
    if (secret === undefined) continue
    subject.hide(secret)
    // That it is refused is the matter of properties of its own.
    if (isServed(await ask(subject, { secret }))) continue
    others.push([tellLie(lie), { secret }])
  }
  await expectAlike(subject, first, others)
}

/** What was answered to a credential, or to its lack, is kept nowhere. */
export async function forbidsStoring(subject: Subject): Promise<void> {
  const expectNoStore = (answer: Answer, to: string) => {
    const directives = answer
      .header('cache-control')
      .flatMap((line) => line.toLowerCase().split(','))
      .map((directive) => directive.trim())
    expect(
      directives.includes('no-store'),
      `The ${said(answer)} to ${to} has no Cache-Control: no-store.`,
    )
  }
  const refused: [name: string, probe: Probe][] = [
    ['no credential', {}],
    ['a wrong token', { secret: wrongSecret }],
    ['a malformed header', { headers: [['Authorization', 'Bearer']] }],
  ]
  for (const [name, probe] of refused) {
    const answer = await ask(subject, probe)
    expect(!isServed(answer), `A request with ${name} was served.`)
    expectNoStore(answer, name)
  }
  const token = await guardedToken(subject)
  expectNoStore(await ask(subject, { secret: token }), 'a valid token')
}

/** No answer and no line of the server's output repeats a secret. */
export async function repeatsNoSecret(subject: Subject): Promise<void> {
  const { token, process: started } = subject
  if (!token || token.length < 8) {
    throw new NotApplicable(
      'The token is too short to be told from other text.',
    )
  }
  const right = await ask(subject, { secret: token })
  if (!isServed(right)) {
    throw new NotApplicable(
      `The token that was given is not served: it was answered ${said(right)}.`,
    )
  }
  const secrets: [whose: string, secret: string][] = [
    ['valid', token],
    ['wrong', wrongSecret],
  ]
  for (const [whose, secret] of secrets) {
    for (const [where, probe] of leakyRequests(subject, secret)) {
      const answer = await ask(subject, probe)
      // A redirect repeats the URL that it was asked for.
      if (answer.status >= 300 && answer.status < 400) continue
      const head = answer.headers.map((header) => header.join(': '))
      expect(
        !showsSecret(`${head.join('\n')}\n${answer.body}`, secret),
        `The ${said(answer)} to ${where} repeats the ${whose} token, or a part of it.`,
      )
    }
  }
  if (!started) return
  // What was written last may still be on its way here.
  await setTimeout(100)
  for (const [whose, secret] of secrets) {
    expect(
      !showsSecret(started.output(), secret),
      `What the server prints shows the ${whose} token, or a part of it.`,
    )
  }
}

/** Requests that carry a secret where some server may repeat it. */
function leakyRequests(
  { url }: Subject,
  secret: string,
): [where: string, probe: Probe][] {
  const credential = (value: string): Probe => ({
    headers: [['Authorization', value]],
  })
  const query = `access_token=${encodeURIComponent(secret)}`
  const target = `${url.pathname}${url.search ? `${url.search}&` : '?'}${query}`
  const unknown = { jsonrpc: '2.0', id: 1, method: 'guardcheck/nothing' }
  return [
    ['initialize', { secret }],
    ['an unknown method', { secret, body: unknown }],
    ['broken JSON', { secret, body: '{"jsonrpc":' }],
    ['text', { secret, body: '', headers: [['Content-Type', 'text/plain']] }],
    ['GET', { secret, method: 'GET' }],
    ['DELETE', { secret, method: 'DELETE' }],
    ['PUT', { secret, method: 'PUT' }],
    ['an unknown path', { secret, target: '/guardcheck-nothing-here' }],
    ['a token and a word', credential(`Bearer ${secret} junk`)],
    ['a token in quotes', credential(`Bearer "${secret}"`)],
    ['a token without a scheme', credential(secret)],
    ['a token in a cookie', { headers: [['Cookie', `token=${secret}`]] }],
    ['a token in the URL', { target }],
    [
      'a token in the path',
      { target: `${url.pathname}/${encodeURIComponent(secret)}` },
    ],
    ['a token in broken JSON', { secret, body: `{"token":"${secret}"` }],
  ]
}
