import { setTimeout } from 'node:timers/promises'
import type { Call } from '../../../probe/options.ts'
import type { Probe } from '../../../probe/request.ts'
import type { Subject } from '../../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import { ask, isServed, said, wrongSecret } from '../../ask/answer.ts'
import { headOf } from '../../ask/bytes.ts'
import { actionMessage, expectNoEffect } from '../../ask/effect.ts'
import { authorization } from '../../sources.ts'

export const guardBeforeWork: Property = {
  id: 'bearer/guard-before-work',
  claim: {
    en: 'nothing is read, parsed or run for a request that is going to be refused',
    ja: '拒否されるリクエストのためには、何も読み込まれず、解析されず、実行されない',
  },
  source: [authorization('access-token-privilege-restriction')],
  owasp: ['MCP07'],
  level: 'must',
  since: 1,
  needs: [],
  advice: {
    en: 'Mount the guard above the body parser, and `return` after the refusal: a handler that answers 401 and goes on has run the tool.',
    ja: 'ガードをボディパーサーより上に置き、拒否したら必ず`return`します。401を返した後も処理が続くハンドラーは、ツールを実行してしまいます。',
  },
  check: guardsBeforeWork,
}

/** Milliseconds in which a guard that waits for no body has answered. */
const guardMs = 3000

/** Whoever is refused is refused before anything is read, parsed or run. */
async function guardsBeforeWork(subject: Subject): Promise<void> {
  let waits = false
  for (const secret of [undefined, wrongSecret]) {
    const who = secret ? 'A wrong token' : 'No credential'
    const plain = await ask(subject, { secret })
    const { status } = plain
    expect(
      status === 401 || status === 403,
      `${who} was answered ${said(plain)}, not 401.`,
    )
    const spoiled: [name: string, probe: Probe][] = [
      ['broken JSON', { body: '{"jsonrpc":' }],
      ['text', { body: 'x', headers: [['Content-Type', 'text/plain']] }],
    ]
    for (const [name, probe] of spoiled) {
      const answer = await ask(subject, { secret, ...probe })
      expect(
        answer.status === status,
        `${who} with ${name} was answered ${said(answer)}, not ${status}: the body is looked at first.`,
      )
    }
    const size = subject.maxBodyBytes ?? 4 * 1024 * 1024
    const announced = await announce(subject, secret, size + 1)
    // A length that is too long may be refused unread, by a proxy as well.
    expect(
      [0, status, 413].includes(announced),
      `${who} and a body over the limit was answered ${announced}, not ${status}.`,
    )
    const waiting = await announce(subject, secret, 1000)
    expect(
      [0, status].includes(waiting),
      `${who} and a body still to come was answered ${waiting}, not ${status}.`,
    )
    if (waiting === 0) waits = true
    const invited = await announce(subject, secret, 1000, [
      ['Expect', '100-continue'],
    ])
    // Of itself Node says so to anybody: whoever starts it can have it ask.
    expect(
      invited !== 100 || !subject.process,
      `${who} and a body that waits for leave was answered 100: it is let in before anyone asks who is calling.`,
    )
  }
  await refusesWithoutEffect(subject)
  if (!waits) return
  expect(
    !subject.process,
    'Nobody is refused before the whole body has come: it is read first.',
  )
  throw new NotApplicable(
    'No answer comes before the whole body: it is read before the guard, or a proxy holds the request back.',
  )
}

/** The status that a body is answered of which nothing is sent; 0 if none. */
async function announce(
  subject: Subject,
  secret: string | undefined,
  length: number,
  more: [name: string, value: string][] = [],
): Promise<number> {
  const lines: typeof more = [['Content-Length', `${length}`], ...more]
  const { status } = await subject.sendRaw(
    headOf(subject, lines, { secret: secret ?? null }),
    {
      timeoutMs: Math.min(subject.timeoutMs ?? guardMs, guardMs),
      until: (received) => received.includes('\r\n\r\n'),
    },
  )
  return status
}

/** A refused call of the named tool leaves no trace, also a moment later. */
async function refusesWithoutEffect(subject: Subject): Promise<void> {
  const { effect, call, token } = subject
  if (!token) return
  if (!effect) return call ? refusesCall(subject, token, call) : undefined
  const { request, headers } = await subject.connect(token)
  const { name, arguments: args } = effect
  const before = await effect.count()
  const start = performance.now()
  await request('tools/call', { name, arguments: args })
  const tookMs = performance.now() - start
  if ((await effect.count()) === before) {
    throw new NotApplicable(`A call of ${name} with the token has no effect.`)
  }
  const body = actionMessage(subject)
  await expectNoEffect(subject, async () => {
    for (const secret of [undefined, wrongSecret]) {
      await ask(subject, { secret, headers, body })
    }
    // What is refused may run just as long as what is served.
    await setTimeout(Math.min(2 * tookMs, 1000))
  })
}

/** A refused call of the named tool brings no result, where a served one does. */
async function refusesCall(
  subject: Subject,
  token: string,
  { name, arguments: args }: Call,
): Promise<void> {
  const { request, headers } = await subject.connect(token)
  const served = await request('tools/call', { name, arguments: args })
  if (!isServed(served)) {
    throw new NotApplicable(
      `A call of ${name} with the token was answered ${said(served)}, without a result.`,
    )
  }
  const body = actionMessage(subject)
  for (const secret of [undefined, wrongSecret]) {
    const answer = await ask(subject, { secret, headers, body })
    expect(
      !isServed(answer),
      `A call of ${name} that had to be refused was answered ${said(answer)}, with a result.`,
    )
  }
}
