import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Answer } from '../../probe/answer.ts'
import type { Probe } from '../../probe/request.ts'
import type { Subject } from '../../probe/subject.ts'
import { formsOf } from '../../probe/text/redact.ts'
import { expect, type Property } from '../../property.ts'
import { claimsFor, trusted } from '../ask/access-tokens.ts'
import { isRefused, said } from '../ask/answer.ts'
import { requireProcess } from '../ask/hold-process.ts'
import { asvsSections } from '../sources.ts'

export const auditLog: Property = {
  id: 'operation/audit-log',
  claim: {
    en: 'every decision is one line of JSON with time, request id, caller and tool, which no caller can forge',
    ja: 'すべての判断が、時刻、リクエストID、呼び出し元、ツールを含む1行のJSONに残り、呼び出し元には偽造できない',
  },
  source: [
    asvsSections.logging,
    asvsSections.securityEvents,
    asvsSections.logProtection,
  ],
  owasp: ['MCP08'],
  level: 'policy',
  since: 2,
  needs: ['token', 'process'],
  advice: {
    en: 'Log with a library that writes JSON, one object per request when it closes: `X-Request-Id`, decision, name or a short digest of the secret, method, tool. Strip control characters from what came in, also in a token, and cut it.',
    ja: 'JSONを書くライブラリーを使い、リクエストの終了時に1件ずつ記録します。`X-Request-Id`、判断、名前またはシークレットの短いダイジェスト、メソッド、ツールを含め、届いた値からは、トークンの中の値も含めて制御文字を取り除き、長さを切り詰めます。',
  },
  async check(subject) {
    const wrong = [1, 2].map(() => randomBytes(24).toString('hex'))
    const from = requireProcess(subject).output().length
    await expectCallLogged(subject)
    await expectRefusalsLogged(subject, wrong)
    await expectUnforged(subject)
    await expectShortNames(subject)
    const output = requireProcess(subject).output().slice(from)
    const secrets = [subject.token, subject.secondToken, ...wrong]
    const told = secrets
      .filter((secret) => secret !== undefined)
      .some((secret) => formsOf(secret).some((form) => output.includes(form)))
    expect(!told, 'The log holds a secret that was presented.')
  },
}

/** A line of the log, with the answer whose request id it has. */
interface Entry {
  answer: Answer
  line: string
  fields: Record<string, unknown>
}

/** Sends a request and finds the one line that was written about it. */
async function log(subject: Subject, probe: Probe): Promise<Entry> {
  const { output } = requireProcess(subject)
  const from = output().length
  const answer = await subject.send(probe)
  const [id] = ['x-request-id', 'x-correlation-id', 'request-id'].flatMap(
    (name) => answer.header(name),
  )
  expect(
    id !== undefined && id !== '',
    `The answer ${said(answer)} carries no X-Request-Id.`,
  )
  const find = () =>
    output()
      .slice(from)
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.includes(id))
  // The line may be written after the answer.
  const end = Date.now() + 1000
  while (find().length === 0 && Date.now() < end) await setTimeout(20)
  const [line = '', ...others] = find()
  expect(
    line !== '' && others.length === 0,
    `The answer ${said(answer)} has ${others.length + Number(line !== '')} lines in the log.`,
  )
  const fields = readObject(line)
  expect(
    fields !== undefined,
    `The line about the answer ${said(answer)} is not a JSON object.`,
  )
  expect(
    Object.values(fields).some(isNow),
    `The line about the answer ${said(answer)} does not say when.`,
  )
  return { answer, line, fields }
}

async function expectCallLogged(subject: Subject): Promise<void> {
  const { token: secret, keys } = subject
  const effect = subject.effect ?? subject.call
  const connection = await subject.connect(secret)
  const session: [string, string][] = connection.sessionId
    ? [['Mcp-Session-Id', connection.sessionId]]
    : []
  const call = effect
    ? callMessage(effect.name, effect.arguments)
    : { jsonrpc: '2.0', id: 'guardcheck', method: 'tools/list' }
  const { answer, fields } = await log(subject, {
    secret,
    headers: session,
    body: call,
  })
  expect(answer.status === 200, `A call was answered ${said(answer)}.`)
  const said200 = Object.values(fields).join(' ')
  for (const word of [call.method, effect?.name, keys?.grants[0]?.name]) {
    expect(
      word === undefined || said200.includes(word),
      `The line about a call does not say ${word}.`,
    )
  }
}

/** Asserts that refusals are told apart by a trace of their secret. */
async function expectRefusalsLogged(
  subject: Subject,
  [one = '', other = '']: string[],
): Promise<void> {
  const entries: Entry[] = []
  for (const secret of [undefined, one, one, other]) {
    const entry = await log(subject, { secret })
    const { answer } = entry
    expect(
      isRefused(answer),
      `${secret ? 'A wrong secret' : 'No credential'} was answered ${said(answer)}.`,
    )
    entries.push(entry)
  }
  const [, first, second, third] = entries.map(({ fields }) =>
    Object.values(fields).map((value) => JSON.stringify(value)),
  )
  const trace = first?.some(
    (value) => second?.includes(value) && !third?.includes(value),
  )
  expect(
    trace === true,
    'Nothing in the lines about two wrong secrets tells one from the other.',
  )
}

/** Asserts that nothing in a request ends a line, or begins one. */
async function expectUnforged(subject: Subject): Promise<void> {
  const { effect, token: secret, url } = subject
  const { output } = requireProcess(subject)
  const mark = randomBytes(6).toString('hex')
  const forged = JSON.stringify({ forged: mark })
  const from = output().length
  for (const end of ['\n', '\r\n', '\u2028', '\u0085', '\u001b[2K\u001b[1G']) {
    const name = `guardcheck${end}${forged}`
    // Nobody's tool is called like this, so none is called.
    if (effect) await subject.send({ secret, body: callMessage(name, {}) })
    await subject.send({
      secret,
      body: { jsonrpc: '2.0', id: 'guardcheck', method: name },
    })
    await subject.send({
      secret,
      target: `${url.pathname}/${encodeURIComponent(name)}`,
    })
  }
  await setTimeout(50)
  const text = output().slice(from)
  expect(text.includes(mark), 'The log does not say what was asked for.')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
  const lines = text.split(/[\r\n\u0085\u2028\u2029]|\u001b\[\d*[A-Z]/)
  expect(
    !lines.some((line) => readObject(line)?.forged === mark),
    'A caller wrote a line of its own into the log, in the name of a tool or a path.',
  )
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
  const raw = /[\r\n\u0085\u2028\u2029\u001b]\S{0,8}\{\\?"forged/.test(text)
  expect(!raw, 'Control characters of a caller stand in the log as they came.')
}

/** Characters of one value in the log; a trace of several may be as long. */
const mostCharacters = 1000

/** Asserts that nobody is called by a name that fills or turns the log. */
async function expectShortNames(subject: Subject): Promise<void> {
  const liar = await trusted(subject)
  if (!liar) return
  const sub = `guardcheck\u001b[2J\u202e\n${'x'.repeat(4000)}`
  const secret = await liar.mint({ ...claimsFor(subject), sub })
  subject.hide(secret)
  const { fields } = await log(subject, { secret })
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'string') continue
    expect(
      value.length <= mostCharacters,
      `${name} in the log has ${value.length} characters, as a token named its bearer.`,
    )
    expect(
      !/\p{C}/u.test(value),
      `${name} in the log holds control characters, as a token named its bearer.`,
    )
  }
}

const callMessage = (name: string, args: object) => ({
  jsonrpc: '2.0',
  id: 'guardcheck',
  method: 'tools/call',
  params: { name, arguments: args },
})

/** The object that a line is; undefined when it is none. */
function readObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    const isObject = typeof value === 'object' && value !== null
    return isObject && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** Whether a value is the present time: a date, or seconds or milliseconds. */
function isNow(value: unknown): boolean {
  const time =
    typeof value === 'string'
      ? Date.parse(value)
      : Number(value) * (Number(value) < 1e11 ? 1000 : 1)
  return Math.abs(Date.now() - time) < 60_000
}
