import { randomUUID } from 'node:crypto'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import type { Grant, Keys } from '../keys.ts'
import type { Connection, Effect, Subject } from '../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../property.ts'
import { bringBack, claimsFor, trusted } from './ask/access-tokens.ts'
import { isRefused, said } from './ask/answer.ts'
import {
  expectRefusals,
  expectSameProcess,
  requireProcess,
  runTogether,
} from './ask/hold-process.ts'
import {
  after,
  becomes,
  createGrant,
  endMs,
  expectServed,
  give,
  giveAndSee,
  noticeMs,
  openGrants,
  successor,
} from './ask/hold-tokens.ts'
import { keepAlive, startLoad } from './ask/requests.ts'
import { asvsSections, authorization } from './sources.ts'

/** Secrets change while the server serves: new ones come, old ones end. */
export const rotation: Property[] = [
  {
    id: 'rotation/rotation-overlap',
    claim: {
      en: 'while a secret is replaced, the old and the new one both open the door',
      ja: 'シークレットの交換中は、新旧どちらのシークレットでも通れる',
    },
    source: [asvsSections.secrets],
    owasp: ['MCP01'],
    level: 'policy',
    since: 2,
    needs: ['keys'],
    advice: {
      en: 'Let one caller have several tokens at a time, each with an end of its own: add the new one first, end the old one later.',
      ja: '1つの呼び出し元が複数のトークンを同時に持てるようにし、それぞれに期限を付けます。先に新しいものを加え、古いものは後で終わらせます。',
    },
    async check(subject) {
      const keys = await openGrants(subject)
      const old = createGrant(keys)
      await giveAndSee(subject, keys, old)
      const fresh = successor(keys, old)
      await giveAndSee(subject, keys, old, fresh)
      const end = Date.now() + 400
      while (Date.now() < end) {
        await expectServed(subject, 'The old secret', old)
        await expectServed(subject, 'The new secret', fresh)
        await setTimeout(50)
      }
    },
  },
  {
    id: 'rotation/rotation-old-dies',
    claim: {
      en: 'the old secret stops at the end of the overlap, while the server goes on',
      ja: '併用期間が終わると、サーバーは動いたまま古いシークレットだけが使えなくなる',
    },
    source: [asvsSections.secrets, asvsSections.operations],
    owasp: ['MCP01'],
    level: 'policy',
    since: 2,
    needs: ['keys'],
    advice: {
      en: 'Give the old token an end and compare it with the clock on every request; no timer, no restart.',
      ja: '古いトークンに期限を付け、リクエストのたびに時計と比べます。タイマーも再起動も要りません。',
    },
    async check(subject) {
      const keys = await openGrants(subject)
      const old = createGrant(keys)
      const fresh = successor(keys, old)
      await giveAndSee(subject, keys, old, fresh)
      await expectServed(subject, 'The old secret, before its end,', old)
      await give(keys, { ...old, expiresAt: after(endMs) }, fresh)
      await setTimeout(endMs)
      const refused = await becomes(subject, old.secret, 401, {
        withinMs: 1000,
      })
      expect(
        refused !== undefined,
        'The old secret was still served a second after its end.',
      )
      expect(
        refused.header('www-authenticate').some((line) => {
          return line.includes('error="invalid_token"')
        }),
        'The challenge to the old secret does not say invalid_token.',
      )
      await expectServed(subject, 'The new secret', fresh)
      await expectSameProcess(subject)
    },
  },
  {
    id: 'rotation/rotation-zero-failed',
    claim: {
      en: 'no request fails because secrets are being replaced',
      ja: 'シークレットの交換によって失敗するリクエストはない',
    },
    source: [asvsSections.secrets],
    owasp: ['MCP01'],
    level: 'policy',
    since: 2,
    needs: ['keys'],
    advice: {
      en: 'Read the new file whole, then swap the tokens in one assignment between two requests; never clear and refill.',
      ja: '新しいファイルを最後まで読んでから、リクエストの合間に1回の代入で入れ替えます。消してから詰め直すことはしません。',
    },
    async check(subject) {
      const keys = await openGrants(subject)
      let old = createGrant(keys)
      await giveAndSee(subject, keys, old)
      const load = startLoad(subject, old.secret)
      // One more than overlaps: a request with it may still be on its way.
      let given = [old]
      try {
        for (let rotations = 0; rotations < 3; rotations += 1) {
          const fresh = successor(keys, old)
          given = [...given, fresh].slice(-3)
          await giveAndSee(subject, keys, ...given)
          // A client learns of its new secret a while later.
          await setTimeout(100)
          await load.use(fresh.secret)
          old = fresh
        }
      } finally {
        await load.stop()
      }
      const { sent, failed } = load
      expect(
        failed.length === 0,
        `Of ${sent()} requests across three rotations ${failed.length} failed, the first with ${failed[0]}.`,
      )
    },
  },
  {
    id: 'rotation/reload-keeps-last-good',
    claim: {
      en: 'a token file that cannot be read right changes nothing, opens nothing and is told once',
      ja: '正しく読めないトークンファイルは何も変えず、誰も通さず、1度だけ記録される',
    },
    source: [asvsSections.errors],
    owasp: ['MCP01', 'MCP07'],
    level: 'policy',
    since: 2,
    needs: ['process', 'keys'],
    advice: {
      en: 'Parse and check the whole file first; if anything is wrong, keep the tokens in force and log one line that names the file, not its content.',
      ja: '先にファイル全体を解析して検査します。誤りがあれば今のトークンを使い続け、中身ではなくファイルを指す1行だけを記録します。',
    },
    async check(subject) {
      const keys = await openGrants(subject)
      const first = createGrant(keys)
      await giveAndSee(subject, keys, first)
      const text = keys.format([...keys.grants, first])
      const silent = complaints(subject, keys)
      const told: number[] = []
      try {
        for (const [what, bad] of [
          ['cut off', text.slice(0, -20)],
          ['empty', ''],
          ['of another form', '{"tokens": [{"name": 1, "secret": true}]}'],
        ] as const) {
          const before = complaints(subject, keys)
          await keys.replace(bad)
          const end = Date.now() + noticeMs
          while (complaints(subject, keys) === before && Date.now() < end) {
            await setTimeout(30)
          }
          const file = `After a token file that is ${what}`
          await expectServed(subject, `${file}, a secret`, first)
          for (const secret of [keys.createSecret(), undefined]) {
            const answer = await subject.send({ secret })
            expect(
              isRefused(answer),
              `${file}, a stranger was answered ${said(answer)}.`,
            )
          }
          told.push(complaints(subject, keys) - before)
        }
      } finally {
        await give(keys)
        // Whoever was let in by a bad file is out again.
        await becomes(subject, keys.createSecret(), 401)
      }
      // Meanwhile it has looked at the file more than once.
      await giveAndSee(subject, keys, first, createGrant(keys))
      const lines = complaints(subject, keys) - silent
      expect(
        told.every((count) => count > 0) && lines === told.length,
        `${told.length} token files that were no good are told in ${lines} lines that name ${keys.fileVariable}.`,
      )
      await expectSameProcess(subject)
    },
  },
  {
    id: 'rotation/named-client-tokens',
    claim: {
      en: 'every secret belongs to one caller by name, whom the tools and the log know',
      ja: 'どのシークレットも名前の付いた1つの呼び出し元のもので、ツールとログにその名前が残る',
    },
    source: [asvsSections.backends, asvsSections.logging],
    owasp: ['MCP07', 'MCP08'],
    level: 'policy',
    since: 2,
    needs: ['process', 'keys'],
    advice: {
      en: 'Keep a name with each token, hand it to the tools as `authInfo.clientId`, write it into the log, and refuse two names for one secret. No argument and no header says who is calling.',
      ja: 'トークンごとに名前を付け、`authInfo.clientId`としてツールへ渡し、ログにも書きます。1つのシークレットに2つの名前があれば起動を拒みます。呼び出し元が誰かを、引数やヘッダーに言わせてはいけません。',
    },
    async check(subject) {
      const keys = await openGrants(subject)
      for (const grant of keys.grants.slice(0, 2)) {
        await expectNamed(subject, grant)
      }
      const one = createGrant(keys)
      const other = { ...createGrant(keys), secret: one.secret }
      const text = keys.format([one, other])
      await expectRefusals(subject, [
        {
          how: 'with one secret for two callers',
          env: { [keys.variable]: text, [keys.fileVariable]: undefined },
          names: [keys.variable],
          unsaid: [one.secret],
        },
      ])
    },
  },
  {
    id: 'rotation/revoke-one-client',
    claim: {
      en: 'one caller is cut off within two seconds, on the connection it has, and no other notices',
      ja: '1つの呼び出し元だけを、使用中の接続のまま2秒以内に締め出せ、ほかの呼び出し元には影響しない',
    },
    source: [asvsSections.termination, asvsSections.operations],
    owasp: ['MCP01', 'MCP07'],
    level: 'policy',
    since: 2,
    needs: ['keys'],
    advice: {
      en: 'Ask the store on every request, not once per connection or session, and let the store notice within a second that its file changed.',
      ja: '接続やセッションごとに1度ではなく、リクエストのたびに照合し、ファイルの変更には1秒以内に気付くようにします。',
    },
    async check(subject) {
      const keys = await openGrants(subject)
      const [, other] = keys.grants
      const lost = createGrant(keys)
      await giveAndSee(subject, keys, lost)
      const agent = keepAlive(subject)
      const load = startLoad(subject, other?.secret)
      try {
        const probe = { agent }
        const { status } = await subject.send({ ...probe, secret: lost.secret })
        expect(
          status === 200,
          `On a kept connection its secret was answered ${status}.`,
        )
        await give(keys)
        const refused = await becomes(subject, lost.secret, 401, { probe })
        expect(
          refused !== undefined,
          'A revoked secret was still served after two seconds, on the connection that it had.',
        )
        await setTimeout(100)
      } finally {
        await load.stop()
        agent.destroy()
      }
      const { sent, failed } = load
      expect(
        failed.length === 0,
        `Of ${sent()} requests of another caller ${failed.length} failed meanwhile, the first with ${failed[0]}.`,
      )
    },
  },
  {
    id: 'rotation/token-expiry',
    claim: {
      en: 'every token has an end, after which it opens nothing, and a beginning, before which it opens nothing',
      ja: 'どのトークンにも期限と開始時刻があり、その前後では使えない',
    },
    source: [authorization('token-theft')],
    owasp: ['MCP01'],
    level: 'should',
    since: 2,
    needs: ['process', 'keys'],
    advice: {
      en: 'Require an expiry of every token and refuse to start without one; compare it with the clock on each request.',
      ja: 'すべてのトークンに期限を必須とし、なければ起動を拒みます。リクエストのたびに時計と比べます。',
    },
    async check(subject) {
      const keys = await openGrants(subject)
      const eternal = keys.format([createGrant(keys, { expiresAt: null })])
      await runTogether([
        expectTimesKept(subject, keys),
        expectRefusals(subject, [
          {
            how: 'with a token that never ends',
            env: { [keys.variable]: eternal, [keys.fileVariable]: undefined },
            names: [keys.variable],
          },
        ]),
      ])
    },
  },
  {
    id: 'rotation/revoke-closes-streams',
    claim: {
      en: 'an answer that is still open ends within two seconds when its caller is revoked or its token expires',
      ja: '開いたままの応答は、呼び出し元の失効やトークンの期限切れから2秒以内に閉じられる',
    },
    source: [asvsSections.termination, asvsSections.operations],
    owasp: ['MCP01', 'MCP07'],
    level: 'policy',
    since: 2,
    needs: ['keys'],
    advice: {
      en: 'Ask again, every half second or second, while an answer is open, and destroy the connection when the token is gone; a session ends with it.',
      ja: '応答が開いている間も0.5〜1秒ごとに照合し、トークンが無効になったら接続を切り、セッションも終えます。',
    },
    async check(subject) {
      const keys = await openGrants(subject)
      const [, other] = keys.grants
      const revoked = createGrant(keys)
      const expiring = createGrant(keys)
      await giveAndSee(subject, keys, expiring, revoked)
      const streams = await Promise.all(
        [revoked, expiring, other ?? revoked].map(({ secret }) =>
          openStream(subject, secret),
        ),
      )
      try {
        // What was served at once was no open answer.
        await setTimeout(150)
        expect(
          streams.every((stream) => stream.closedAt === undefined),
          'The server ended an open request of a caller in good standing.',
        )
        const expiresAt = after(endMs)
        await give(keys, { ...expiring, expiresAt })
        const revokedAt = Date.now()
        const expiredAt = expiresAt.getTime()
        const limit = Math.max(revokedAt, expiredAt) + streamMs
        const [ofRevoked, ofExpired, ofOther] = streams
        while (
          (!ofRevoked?.closedAt || !ofExpired?.closedAt) &&
          Date.now() < limit
        ) {
          await setTimeout(30)
        }
        const { closedAt: cut = Infinity } = ofRevoked ?? {}
        expect(
          cut - revokedAt <= streamMs,
          'The open answer of a revoked caller was still open two seconds later.',
        )
        const { closedAt: ended = Infinity } = ofExpired ?? {}
        expect(
          ended - expiredAt <= streamMs,
          'The open answer of a caller whose token expired was still open two seconds later.',
        )
        expect(
          ofOther?.closedAt === undefined,
          'With the revoked caller another one was cut off as well.',
        )
      } finally {
        for (const stream of streams) stream.close()
      }
      await expectEndsInOutage(subject)
    },
  },
]

/** Two seconds, and what a busy machine takes to say so. */
const streamMs = 2300

/** Asserts that the answer of a dead token ends, when nobody can be asked. */
async function expectEndsInOutage(subject: Subject): Promise<void> {
  const liar = await trusted(subject)
  if (!liar) return
  const exp = Math.ceil(Date.now() / 1000) + 1
  const secret = liar.issueOpaque({ ...claimsFor(subject), exp })
  subject.hide(secret)
  const stream = await openStream(subject, secret)
  try {
    await setTimeout(150)
    expect(
      stream.closedAt === undefined,
      'The server ended an open request of a caller in good standing.',
    )
    liar.setDown(true)
    const limit = exp * 1000 + streamMs
    while (!stream.closedAt && Date.now() < limit) await setTimeout(30)
    expect(
      stream.closedAt !== undefined,
      'While the issuer was away, the open answer of a token that had expired was still open two seconds later.',
    )
  } finally {
    await bringBack(liar)
    stream.close()
  }
}

/** Asserts that a secret opens nothing before its time, nor past its end. */
async function expectTimesKept(subject: Subject, keys: Keys): Promise<void> {
  const past = createGrant(keys, {
    notBefore: after(-5000),
    expiresAt: after(-1000),
  })
  const early = createGrant(keys, { notBefore: after(60_000) })
  await giveAndSee(subject, keys, past, early, createGrant(keys))
  for (const [what, { secret }] of [
    ['past its end', past],
    ['before its time', early],
  ] as const) {
    const answer = await subject.send({ secret })
    expect(isRefused(answer), `A secret ${what} was answered ${said(answer)}.`)
  }
}

/** How many lines of output name the variable of the token file. */
const complaints = ({ process }: Subject, { fileVariable }: Keys) =>
  (process?.output() ?? '')
    .split('\n')
    .filter((line) => line.includes(fileVariable)).length

/** Asserts that the named tool and the log know who called. */
async function expectNamed(
  subject: Subject,
  { name, secret }: Grant,
): Promise<void> {
  const { effect, process } = subject
  if (!effect?.callers) {
    throw new NotApplicable(
      'It needs a tool that writes down who called it: none was named.',
    )
  }
  const before = await effect.callers()
  const from = process?.output().length ?? 0
  const connection = await subject.connect(secret)
  await connection.request('tools/call', {
    name: effect.name,
    arguments: effect.arguments,
  })
  await expectNotNamedByItself(subject, effect, connection)
  const callers = (await effect.callers()).slice(before.length)
  const others = callers.filter((caller) => caller !== name)
  expect(
    callers.length > 0 && others.length === 0,
    `${effect.name}, called by ${name}, was told it was ${others[0] ?? 'nobody'}.`,
  )
  // The line may be written after the answer.
  await setTimeout(30)
  const lines = process?.output().slice(from) ?? ''
  expect(lines.includes(name), `A call by ${name} is in no line of the log.`)
}

/** Names under which servers look for who is calling. */
const callerNames = [
  'by',
  'caller',
  'clientId',
  'client_id',
  'name',
  'principal',
  'sub',
  'user',
  'userId',
]

/** Asserts that what a caller says of itself is not who it is in the log. */
async function expectNotNamedByItself(
  subject: Subject,
  effect: Effect,
  { request }: Connection,
): Promise<void> {
  const self = `guardcheck-${randomUUID().slice(0, 8)}`
  const { output } = requireProcess(subject)
  const from = output().length
  const claims = Object.fromEntries(callerNames.map((name) => [name, self]))
  const headers = ['X-User', 'X-Client-Id', 'X-Forwarded-User'].map(
    (name): [string, string] => [name, self],
  )
  const { name, arguments: given } = effect
  // A tool that takes no more than it asks for may refuse this one.
  for (const params of [
    { name, arguments: { ...claims, ...given } },
    { name, arguments: given, _meta: { ...claims, authInfo: claims } },
    { name, arguments: given, ...claims, authInfo: { clientId: self } },
  ]) {
    await request('tools/call', { ...params, name }, { headers })
  }
  await setTimeout(30)
  expect(
    !new RegExp(`"\\w+":"${self}"`).test(output().slice(from)),
    'The log names a caller as that caller says it is called.',
  )
}

/** A request whose answer is still to come, or never ends. */
interface OpenStream {
  /** When the server ended it. */
  closedAt: number | undefined
  close(): void
}

/**
 * Opens a stream of events where the server has one, and else a request that
 * is not sent to its end, which nothing but the loss of its caller can end.
 */
async function openStream(
  subject: Subject,
  secret: string,
): Promise<OpenStream> {
  const { headers: session } = await subject.connect(secret)
  const get = await subject.send({
    method: 'GET',
    secret,
    headers: session,
    body: null,
  })
  const [type = ''] = get.header('content-type')
  const streams = get.status === 200 && type.startsWith('text/event-stream')
  const { body } = subject.write()
  const start = subject.url.protocol === 'https:' ? requestHttps : requestHttp
  const outgoing = start(subject.url, {
    method: streams ? 'GET' : 'POST',
    agent: false,
    ca: subject.ca,
    headers: [
      ['Host', subject.url.host],
      ...(subject.headers ?? []),
      ['Accept', 'application/json, text/event-stream'],
      ['Authorization', `Bearer ${secret}`],
      ...session,
      ...(streams
        ? []
        : [
            ['Content-Type', 'application/json'],
            ['Content-Length', `${Buffer.byteLength(body)}`],
          ]),
    ].flat(),
  })
  const stream: OpenStream = {
    closedAt: undefined,
    close: () => outgoing.destroy(),
  }
  const end = () => {
    stream.closedAt ??= Date.now()
  }
  outgoing.on('error', end)
  outgoing.on('close', end)
  outgoing.on('response', (incoming) => {
    if (!streams) end()
    incoming.on('close', end)
    incoming.resume()
  })
  if (streams) outgoing.end()
  else outgoing.write(body.slice(0, 10))
  return stream
}
