import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import type { LyingIssuer } from '../../liar/issuer.ts'
import type { Connection } from '../../probe/connection.ts'
import type { Subject } from '../../probe/subject.ts'
import { listTree } from '../../process/tree.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { claimsFor, trusted, wordMs } from '../ask/access-tokens.ts'
import { enter } from '../ask/answer.ts'
import { requestOf } from '../ask/bytes.ts'
import { requireProcess } from '../ask/hold-process.ts'

export const nothingRunsOn: Property = {
  id: 'operation/nothing-runs-on',
  claim: {
    en: 'when callers are gone, nothing that was begun for them goes on',
    ja: '呼び出し元がいなくなれば、そのために始めた処理は何も残らない',
  },
  source: [
    'https://cwe.mitre.org/data/definitions/772.html',
    'https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/',
  ],
  owasp: ['MCP07'],
  level: 'policy',
  since: 0,
  needs: ['token', 'process', 'intrusive'],
  advice: {
    en: 'Tie each timer to the connection as well as to the answer: an answer that waits behind another one never says `close`, and one whose caller left while its token was looked up has said it before anybody listened.',
    ja: 'タイマーは、応答だけでなく接続の終わりでも止めます。順番を待つ応答には`close`イベントが来ません。トークンの確認中に相手がいなくなった応答では、登録した時点でもう過ぎています。',
  },
  check: stopsWithCallers,
}

/** How often callers come and go after the first time. */
const rounds = 2

/** Connections of a round, and what each of them asks for at once. */
const flock = { connections: 6, requests: 50 }

/** Milliseconds in which a server comes to rest, and is then watched for. */
const rest = { beforeMs: 3000, windowMs: 1000, windows: 3 }

/** Of one core: what a process that only waits does not come to. */
const restlessCpu = 0.1

/** What a round may leave in memory after all: caches and counters. */
const roundBytes = 2 * 1024 * 1024

async function stopsWithCallers(subject: Subject): Promise<void> {
  const started = requireProcess(subject)
  if (process.platform !== 'linux') {
    throw new NotApplicable(
      'What a process does is read from /proc, which only Linux has.',
    )
  }
  const { headers, inbox } = await enter(subject)
  if (inbox) {
    throw new NotApplicable(
      'Requests are posted elsewhere: none can be queued.',
    )
  }
  const liar = await trusted(subject)
  // The first round fills what is kept for good.
  await comeAndGo(subject, headers, liar)
  const first = await started.weigh()
  for (let round = 0; round < rounds; round += 1) {
    await comeAndGo(subject, headers, liar)
  }
  await setTimeout(Math.max(rest.beforeMs, (liar?.maxAge ?? 0) * 1000 + 500))
  await expectRest(subject, liar)
  const grown = (await started.weigh()) - first
  expect(
    grown < rounds * roundBytes,
    `After all had gone, ${Math.round(grown / 1024)} KiB of what they asked for stayed in memory.`,
  )
}

/** Callers that ask for much, each in its way, and wait for nothing. */
async function comeAndGo(
  subject: Subject,
  session: Connection['headers'],
  liar: LyingIssuer | undefined,
): Promise<void> {
  const ping = { jsonrpc: '2.0', id: 7, method: 'ping' }
  const bytesOf = (secret = '') => requestOf(subject, secret, ping, session)
  const together = (act: (n: number) => Promise<unknown>) =>
    Promise.all(Array.from({ length: flock.connections }, (_, n) => act(n)))
  const one = bytesOf(subject.token)
  const many = one.repeat(flock.requests)
  await together(async (n) => {
    const leave = n % 2 ? 'whole' : 'half'
    await subject.sendRaw(many, n % 2 ? { leave } : { until: () => true })
    await subject.sendRaw(one, { leave, timeoutMs: wordMs })
  })
  if (!liar) return
  const secret = liar.issueOpaque(claimsFor(subject))
  subject.hide(secret)
  liar.setDelay(wordMs)
  try {
    const bytes = bytesOf(secret)
    await together(() => subject.sendRaw(bytes, { leave: 'whole' }))
    await setTimeout(wordMs * 1.5)
  } finally {
    liar.setDelay(0)
    liar.revokeOpaque(secret)
  }
}

/** Asserts that for a while nothing at all is done: nobody asks for it. */
async function expectRest(
  subject: Subject,
  liar: LyingIssuer | undefined,
): Promise<void> {
  const started = requireProcess(subject)
  const asked = () => (liar?.hits.introspection ?? 0) + (liar?.hits.keys ?? 0)
  for (let left = rest.windows; left > 0; left -= 1) {
    await started.spiedCalls()
    const [questions, before] = [asked(), await readCpu(started.pid)]
    await setTimeout(rest.windowMs)
    const cpu = ((await readCpu(started.pid)) - before) / rest.windowMs
    const compared = (await started.spiedCalls()).length
    const found = [
      [asked() - questions > 0, 'asks its issuer about tokens'],
      [compared > 0, `compares secrets ${compared} times a second`],
      [cpu > restlessCpu, `uses ${Math.round(cpu * 100)} % of a processor`],
    ] as const
    const busy = found.find(([is]) => is)
    if (!busy) return
    // Something may just have been tidied up.
    expect(left > 1, `Nobody is connected any more, and it still ${busy[1]}.`)
  }
}

/** Milliseconds of computing that a process and all below it have used. */
async function readCpu(pid: number): Promise<number> {
  let ticks = 0
  for (const member of await listTree(pid)) {
    const text = await readFile(`/proc/${member}/stat`, 'utf8').catch(() => '')
    // The name of the program stands in parentheses, and may hold any of them.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    // User and system time, in hundredths of a second (proc_pid_stat(5)).
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
  }
  return ticks * 10
}
