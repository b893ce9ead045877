import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Call, Probe, Subject } from '../probe/subject.ts'
import { expect, NotApplicable } from '../property.ts'
import { expectAlike } from './ask/alike.ts'
import { ask, isServed, said, wrongSecret } from './ask/answer.ts'
import { headOf } from './ask/bytes.ts'
import { actionMessage, expectNoEffect } from './ask/effect.ts'

/** Milliseconds in which a guard that waits for no body has answered. */
const guardMs = 3000

/** Whoever is refused is refused before anything is read, parsed or run. */
export async function guardsBeforeWork(subject: Subject): Promise<void> {
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

/** Without a credential, one session id is as good as another. */
export async function guardsBeforeSession(subject: Subject): Promise<void> {
  const answer = await ask(subject)
  expect(
    answer.status === 401 || answer.status === 403,
    `No credential was answered ${said(answer)}, not 401.`,
  )
  const { token } = subject
  const { sessionId: live, inbox } = token ? await subject.connect(token) : {}
  const ids: [name: string, id: string][] = [
    ['An unknown session', randomUUID()],
    ['A session id of another form', 'guardcheck'],
  ]
  if (live) ids.push(['A live session', live])
  for (const method of ['POST', 'GET', 'DELETE']) {
    const body =
      method === 'POST' ? { jsonrpc: '2.0', id: 1, method: 'ping' } : null
    const none = await ask(subject, { method, body })
    const [first, ...others] = ids.map(([name, id]): [string, Probe] => [
      `${name} on ${method}`,
      { method, body, headers: [['Mcp-Session-Id', id]] },
    ])
    if (!first) continue
    const unknown = await ask(subject, first[1])
    // Some servers say in words that a session is missing: that tells of none.
    expect(
      unknown.status === none.status,
      `${first[0]} is answered ${said(unknown)}, no session ${said(none)}: it is looked up first.`,
    )
    await expectAlike(subject, first[1], others)
  }
  if (inbox) {
    const body = { jsonrpc: '2.0', id: 1, method: 'ping' }
    // Another digit or letter in it, and so nobody's.
    const target = inbox.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    const others: [string, Probe][] = [
      ['A live inbox', { target: inbox, body }],
    ]
    await expectAlike(subject, { target, body }, others)
  }
  if (token) return
  throw new NotApplicable(
    'Whether a live session is told from others needs a valid token.',
  )
}
