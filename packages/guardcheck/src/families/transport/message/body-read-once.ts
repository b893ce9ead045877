import { setTimeout } from 'node:timers/promises'
import type { Claims } from '../../../liar/mint.ts'
import type { Connection } from '../../../probe/connection.ts'
import type { Subject } from '../../../probe/subject.ts'
import type { RawExchange } from '../../../probe/wire.ts'
import {
  expect,
  NotApplicable,
  type Property,
  Violation,
} from '../../../property.ts'
import { claimsFor } from '../../ask/access-tokens.ts'
import { ask, enter, isServed } from '../../ask/answer.ts'
import { isWhole } from '../../ask/bytes.ts'
import { actionMessage } from '../../ask/effect.ts'
import { runTogether } from '../../ask/hold-process.ts'
import {
  allBytes,
  chunked,
  encodings,
  fewBytes,
  framings,
  json,
  odd,
  type Spelling,
  trailing,
  typed,
  written,
} from '../../ask/spellings.ts'
import { rfc } from '../../sources.ts'

export const bodyReadOnce: Property = {
  id: 'transport/body-read-once',
  claim: {
    en: 'what decides about a body reads the same body as what runs it, however its type, encoding and length are spelled',
    ja: 'Content-Typeやエンコーディング、長さがどう書かれていても、ボディについて判断する側と実行する側は同じボディを読む',
  },
  source: ['https://cwe.mitre.org/data/definitions/436.html', rfc(9110, '8.3')],
  owasp: ['MCP02', 'MCP07'],
  level: 'policy',
  since: 0,
  needs: [],
  advice: {
    en: 'Hand on only what the parser has read, and answer `415` to the rest: where `req.body` is undefined, the SDK reads the bytes by itself, past every check before it. Look at what was parsed, never at the headers again.',
    ja: 'パーサーが読んだものだけを先へ渡し、それ以外には`415`を返します。`req.body`が`undefined`だと、SDKが自分でバイト列を読み、手前の検査をすべてすり抜けます。ヘッダーをもう一度見るのではなく、解析された結果を見ます。',
  },
  check: readsOnce,
}

/** A request that the server judges by its body. */
interface Case {
  what: string
  body: string
  /** The secret that it is sent with, a new one each time where that helps. */
  secret(): Promise<string | undefined> | string | undefined
  spellings: Spelling[]
  /** Whether it is sent and half-closed as well. */
  hurried: boolean
}

/** What decides about a body reads the same body as what runs it. */
async function readsOnce(subject: Subject): Promise<void> {
  if (subject.dialect.way === 'stream') {
    throw new NotApplicable(
      'It answers on a stream of its own: what became of a body is not told.',
    )
  }
  const { headers } = await enter(subject)
  const spell: Spell = async ({ body, secret }, spelling, end) => {
    const bytes = written(subject, headers, body, spelling, await secret())
    const leave = end ? { leave: 'half' as const } : {}
    return subject.sendRaw(bytes, { until: isWhole, timeoutMs, ...leave })
  }
  const refused: Case[] = []
  for (const one of await casesToRefuse(subject, headers)) {
    const before = await countOf(subject)
    const plain = await spell(one, { name: 'plain' })
    const ran = (await countOf(subject)) > before
    // What the plain one lets run is the matter of properties of its own.
    // No answer is no refusal, by which the others could be measured.
    const answered = plain.status !== 0 || plain.closed
    if (answered && !ran && !bringsResult(plain)) refused.push(one)
  }
  await expectNothingRuns(subject, refused, spell)
  if (subject.effect) await expectEffectToAnswer(subject, headers, spell)
  if (refused.length > 0 || subject.effect) return
  throw new NotApplicable(
    'It refuses neither an array nor a call without its scope, and no effect is counted.',
  )
}

/** Sends a case in a spelling; half-closed right behind it if `end`. */
type Spell = (
  one: Case,
  spelling: Spelling,
  end?: boolean,
) => Promise<RawExchange>

const countOf = async ({ effect }: Subject) => (await effect?.count()) ?? 0

/** What is refused as a rule, in the spellings that it is sent in. */
async function casesToRefuse(
  subject: Subject,
  session: Connection['headers'],
): Promise<Case[]> {
  const { token, liar, effect, maxBodyBytes: limit = Infinity } = subject
  const { body } = subject.write(actionMessage(subject), session)
  const ours = subject.process !== undefined
  const bytes = (ours ? allBytes : fewBytes).map(trailing)
  const own = () => token
  const cases: Case[] = []
  const held = (effect ?? subject.call) && liar
  if (held && (await takesItsTokens(subject))) {
    const make = {
      signed: (claims: Claims) => held.mint(claims),
      opaque: async (claims: Claims) => held.issueOpaque(claims),
    }
    const mint = async (kind: keyof typeof make, scope: string) => {
      const secret = await make[kind]({ ...claimsFor(subject), scope })
      subject.hide(secret)
      return secret
    }
    const asked = await ask(subject, { secret: await mint('opaque', '') })
    const kind = isServed(asked) ? 'opaque' : 'signed'
    const poor = await mint(kind, '')
    const what = 'A call without its scope'
    const spellings = [...bytes, ...odd]
    cases.push(
      { what, body, secret: () => poor, spellings, hurried: false },
      // Whoever looks a token up for the first time takes a moment.
      {
        what: `${what}, at first use`,
        body,
        secret: () => mint(kind, ''),
        spellings: [],
        hurried: true,
      },
    )
  }
  if (subject.dialect.revision !== '2025-03-26') {
    const some = cases.length > 0 ? fewBytes.map(trailing) : bytes
    const spellings = [...some, ...odd]
    const array = { body: `[${body}]`, secret: own, spellings, hurried: true }
    cases.push({ what: 'An array', ...array })
  }
  if (ours && limit <= 2 * 1024 * 1024) {
    const large = body + ' '.repeat(limit + 1 - body.length)
    const few = [
      trailing(0xa0),
      typed(`${json}\v`),
      typed(json, json),
      typed(`${json};charset=utf-16`),
      ...encodings.slice(0, 4),
      chunked(['chunked']),
      ...framings.slice(-2),
    ]
    const long = { body: large, secret: own, spellings: few, hurried: false }
    cases.push({ what: 'A body over the limit', ...long })
  }
  return cases
}

/** Whether an honest token is served, and one of a key of its own is not. */
async function takesItsTokens(subject: Subject): Promise<boolean> {
  const { liar } = subject
  if (!liar) return false
  const claims = claimsFor(subject)
  const [honest, forged] = [
    await liar.mint(claims),
    await liar.lie('unknown-key', claims),
  ]
  subject.hide(honest)
  subject.hide(forged)
  if (isServed(await ask(subject, { secret: forged }))) return false
  return isServed(await ask(subject, { secret: honest }))
}

/** Milliseconds for an answer: on a busy machine what runs may be late. */
const timeoutMs = 10_000

/** How many are sent at once, where none of them is to run. */
const lanes = 8

/** How many are half-closed at once. */
const hurry = 20

/** Milliseconds after which what nobody waits for has run. */
const lateMs = 1200

/** Asserts that what is refused in its plain spelling is so in every other. */
async function expectNothingRuns(
  subject: Subject,
  refused: Case[],
  spell: Spell,
): Promise<void> {
  const before = await countOf(subject)
  const begin = performance.now()
  const judge = ({ what }: Case, name: string, exchange: RawExchange) => {
    const { status } = exchange
    expectNoFault(what, name, exchange)
    expect(
      !bringsResult(exchange) && (status === 0 || status >= 400),
      `${what} is refused, and with ${name} it was answered ${status}.`,
    )
  }
  const halfClosed = 'the connection half-closed right behind it'
  const hurried = refused.filter((one) => one.hurried)
  const hurryAll = (one: Case) =>
    runTogether(
      Array.from({ length: hurry }, async () => {
        judge(one, halfClosed, await spell(one, { name: '' }, true))
      }),
    )
  for (const one of hurried) await hurryAll(one)
  const list = refused.flatMap((one) =>
    one.spellings.map((spelling) => ({ one, spelling })),
  )
  const left = [...list]
  const lane = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { one, spelling } = next
      judge(one, spelling.name, await spell(one, spelling))
    }
  }
  await runTogether(Array.from({ length: lanes }, lane))
  if (!subject.effect) return
  const restMs = begin + lateMs - performance.now()
  if (hurried.length > 0 && restMs > 0) await setTimeout(restMs)
  const runs = (await countOf(subject)) - before
  if (runs === 0) return
  // Side by side nobody saw which of them it was.
  for (const { one, spelling } of list) {
    const earlier = await countOf(subject)
    await spell(one, spelling)
    const ran = (await countOf(subject)) > earlier
    expect(!ran, `${one.what} is refused, and with ${spelling.name} it ran.`)
  }
  for (const one of hurried) {
    const earlier = await countOf(subject)
    await hurryAll(one)
    await setTimeout(lateMs)
    const ran = (await countOf(subject)) > earlier
    expect(!ran, `${one.what} is refused, and with ${halfClosed} it ran.`)
  }
  throw new Violation(`What is refused ran ${runs} times in other spellings.`)
}

/** Asserts that a call that runs is served, and one that is refused is not run. */
async function expectEffectToAnswer(
  subject: Subject,
  session: Connection['headers'],
  spell: Spell,
): Promise<void> {
  const { token } = subject
  const { body } = subject.write(actionMessage(subject), session)
  const what = 'A call'
  const secret = () => token
  const one: Case = { what, body, secret, spellings: [], hurried: false }
  for (const spelling of [...fewBytes.map(trailing), ...odd]) {
    const before = await countOf(subject)
    const exchange = await spell(one, spelling)
    expectNoFault(what, spelling.name, exchange)
    const { status } = exchange
    const ran = (await countOf(subject)) - before
    expect(
      ran === 0 || (ran === 1 && status >= 200 && status <= 299),
      `${what}, with ${spelling.name}, was answered ${status || 'nothing'} and ran ${ran} times.`,
    )
  }
}

/** Asserts that no spelling is a fault of the server's own. */
function expectNoFault(what: string, name: string, { status }: RawExchange) {
  expect(
    // An unknown transfer coding is answered 501 (RFC 9112 §6.1).
    status < 500 || status === 501,
    `${what}, with ${name}, was answered ${status}.`,
  )
}

/** Whether an answer holds a result of JSON-RPC. */
const bringsResult = ({ received }: RawExchange) =>
  /"result"\s*:/.test(received)
