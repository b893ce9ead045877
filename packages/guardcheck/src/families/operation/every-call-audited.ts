import { setTimeout } from 'node:timers/promises'
import type { LyingIssuer } from '../../liar/issuer.ts'
import type { Effect } from '../../probe/options.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { claimsFor, trusted, wordMs } from '../ask/access-tokens.ts'
import { isWhole, requestOf } from '../ask/bytes.ts'
import { requireProcess } from '../ask/hold-process.ts'
import { asvsSections } from '../sources.ts'

export const everyCallAudited: Property = {
  id: 'operation/every-call-audited',
  claim: {
    en: 'whatever ran has its line in the log, also when nobody waited for the answer',
    ja: '実行された呼び出しは、応答を待つ相手がいなくなっても、必ずログに1行残る',
  },
  source: [asvsSections.logging, asvsSections.securityEvents],
  owasp: ['MCP08'],
  level: 'policy',
  since: 2,
  needs: ['token', 'process'],
  advice: {
    en: 'Write the line when the head of the answer is written or when the connection ends, whichever is first: an answer that waits behind another one on its connection never says `close`. Run nothing for a caller that has gone while its token was looked up.',
    ja: '行は、応答のヘッダーを書くときか接続が終わるときの、早いほうで書きます。同じ接続で順番を待つ応答には`close`イベントが来ません。トークンの確認中にいなくなった呼び出し元のためには、何も実行しません。',
  },
  check: auditsEvery,
}

/** A caller whose calls are counted. */
interface Caller {
  secret: string
  /** What the log calls it, where that is known. */
  name?: string | undefined
}

/** Calls that are sent at once. */
const crowd = 20

async function auditsEvery(subject: Subject): Promise<void> {
  const { effect, token, keys } = subject
  if (!effect) {
    throw new NotApplicable('No tool was named whose effect could be counted.')
  }
  const { headers, inbox } = await subject.connect(token)
  if (inbox) {
    throw new NotApplicable('Calls are posted elsewhere: none can be queued.')
  }
  const { name, arguments: given } = effect
  const params = { name, arguments: given }
  const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params }
  const bytesOf = ({ secret }: Caller) => {
    subject.hide(secret)
    return requestOf(subject, secret, call, headers)
  }
  const own = keys?.grants.find(({ secret }) => secret === token)
  const caller: Caller = { secret: `${token}`, name: own?.name }
  const one = bytesOf(caller)
  const many = one.repeat(crowd)
  const ran = await expectLines(
    subject,
    effect,
    caller,
    'that were waited for',
    () => subject.sendRaw(one, { until: isWhole }),
  )
  if (ran === 0) throw new NotApplicable(`A call of ${name} had no effect.`)
  const departures = {
    'whose caller went with the first of many answers': () =>
      subject.sendRaw(many, { until: () => true }),
    'whose caller went at once': () =>
      subject.sendRaw(many, { leave: 'whole' }),
    'on a connection that was half closed': () =>
      subject.sendRaw(one, { leave: 'half', timeoutMs: 1000 }),
  }
  for (const [how, depart] of Object.entries(departures)) {
    await expectLines(subject, effect, caller, how, depart)
  }
  // What is like a health check, or a file, is often left out of a log.
  for (const end of ['?/healthz', '?/health', '?/favicon.ico']) {
    const [line = '', ...rest] = one.split(' HTTP/1.1\r\n')
    const bytes = [line + end, ...rest].join(' HTTP/1.1\r\n')
    const how = `whose URL ends in ${end}`
    await expectLines(subject, effect, caller, how, () =>
      subject.sendRaw(bytes, { until: isWhole }),
    )
  }
  const liar = await trusted(subject)
  if (!liar) return
  const claims = claimsFor(subject)
  await expectOwnLines(subject, effect, liar, bytesOf)
  for (const leave of ['whole', 'half'] as const) {
    const fresh: Caller[] = [
      { secret: liar.issueOpaque(claims), name: 'guardcheck' },
      // By then the keys that it knew are old, where they are kept so briefly.
      { secret: await liar.mint(claims), name: 'guardcheck' },
    ]
    const { maxAge = 60 } = liar
    if (maxAge < 5 && leave === 'whole') await setTimeout(maxAge * 1000)
    liar.setDelay(wordMs)
    try {
      const how = `whose caller ${leave === 'half' ? 'said that no more will come' : 'went'} while the token was looked up`
      await expectLines(subject, effect, fresh[0] as Caller, how, async () => {
        const sent = fresh.flatMap((it) => [bytesOf(it), bytesOf(it)])
        const options = { leave, timeoutMs: wordMs * 3 }
        await Promise.all(sent.map((bytes) => subject.sendRaw(bytes, options)))
        await setTimeout(wordMs)
      })
    } finally {
      liar.setDelay(0)
    }
  }
}

/** Asserts that who is looked up beside others stands in the own line. */
async function expectOwnLines(
  subject: Subject,
  effect: Effect,
  liar: LyingIssuer,
  bytesOf: (caller: Caller) => string,
): Promise<void> {
  const claims = claimsFor(subject)
  const beside = Array.from({ length: 3 }, () =>
    bytesOf({ secret: liar.issueOpaque(claims) }),
  )
  liar.setDelay(wordMs)
  try {
    const how = 'whose tokens were looked up side by side'
    const caller = { secret: '', name: 'guardcheck' }
    await expectLines(subject, effect, caller, how, () => {
      const options = { until: isWhole, timeoutMs: wordMs * 3 }
      return Promise.all(beside.map((it) => subject.sendRaw(it, options)))
    })
  } finally {
    liar.setDelay(0)
  }
}

/** Milliseconds without news after which nothing more is expected: longer
 * where a line is still lacking, for a busy machine may be late. */
const quietMs = { whole: 400, lacking: 1500 }

/** Asserts that what ran meanwhile has its lines; answers how often it ran. */
async function expectLines(
  subject: Subject,
  { name, count }: Effect,
  caller: Caller,
  how: string,
  act: () => Promise<unknown>,
): Promise<number> {
  const { output } = requireProcess(subject)
  const [before, from] = [await count(), output().length]
  await act()
  const wanted = [name, caller.name ?? '']
  const look = async () => ({
    ran: (await count()) - before,
    lines: output()
      .slice(from)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .filter((line) => wanted.every((word) => line.includes(word))).length,
  })
  let found = await look()
  const end = Date.now() + 5000
  const patience = () =>
    found.lines < found.ran ? quietMs.lacking : quietMs.whole
  for (let since = Date.now(); Date.now() - since < patience(); ) {
    await setTimeout(50)
    const now = await look()
    const news = now.ran !== found.ran || now.lines !== found.lines
    if (news && Date.now() < end) since = Date.now()
    found = now
  }
  const by = caller.name ? ` by ${caller.name}` : ''
  expect(
    found.lines >= found.ran,
    `${name} ran ${found.ran} times for calls ${how}, and ${found.lines} lines of the log tell of it${by}.`,
  )
  return found.ran
}
