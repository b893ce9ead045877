import type { Agent } from 'node:http'
import type { Answer } from '../../../probe/answer.ts'
import type { Connection } from '../../../probe/connection.ts'
import type { Subject } from '../../../probe/subject.ts'
import { findLeak } from '../../../probe/text/leak.ts'
import { expect, type Property } from '../../../property.ts'
import { ask, enter, isServed, said } from '../../ask/answer.ts'
import { keepAlive, nobodysTool } from '../../ask/requests.ts'
import { asvsSections } from '../../sources.ts'

export const survivesAnyMessage: Property = {
  id: 'transport/survives-any-message',
  claim: {
    en: 'no message ends the process, keeps it busy or is answered with its inside',
    ja: 'どのようなメッセージも、プロセスを終わらせず、長く占有せず、内部を明かす応答にもならない',
  },
  source: [
    asvsSections.errors,
    'https://www.jsonrpc.org/specification#request_object',
  ],
  owasp: [],
  level: 'policy',
  since: 0,
  needs: [],
  advice: {
    en: 'Take `method`, `id` and `params.name` for unknown values: test `typeof` before anything else is done with them, also where they are logged or echoed. An object with a `toString` of its own throws in `String()`, and a deep one in `JSON.stringify`.',
    ja: '`method`、`id`、`params.name`は未知の値として扱い、ログやエコーも含め、使う前に`typeof`を確かめます。独自の`toString`を持つオブジェクトは`String()`で、深い入れ子は`JSON.stringify`で例外になります。',
  },
  check: survivesAnything,
}

/** Milliseconds in which any message is answered. */
const patienceMs = 1000

/** How deep a value goes that costs whoever walks through it a stack. */
const deep = 20_000

/** The same for one that is walked through with less on the stack. */
const deeper = 150_000

const nestedArrays = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

const nestedObjects = (depth: number) =>
  `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

/** Values of every type in JSON, as they are written. */
const values: [name: string, json: string][] = [
  ['null', 'null'],
  ['true', 'true'],
  ['zero', '0'],
  ['a negative number', '-1'],
  ['a fraction', '1.5'],
  ['a number beyond all', '1e999'],
  ['an empty string', '""'],
  ['half a character', '"\\ud800"'],
  ['the other half', '"\\udc00guardcheck"'],
  ['a NUL', '"\\u0000"'],
  ['“__proto__”', '"__proto__"'],
  ['“constructor”', '"constructor"'],
  ['“toString”', '"toString"'],
  ['a long string', JSON.stringify('guardcheck'.repeat(1000))],
  ['an empty array', '[]'],
  ['an array of null', '[null]'],
  ['an empty object', '{}'],
  ['an object with toString', '{"toString":1}'],
  ['an object with toString and valueOf', '{"toString":null,"valueOf":null}'],
  ['an object with toJSON', '{"toJSON":1}'],
  ['an object with then', '{"then":1}'],
  ['an object with length', '{"length":1e9}'],
  ['an object under __proto__', '{"__proto__":{"toString":1}}'],
  ['null under __proto__', '{"__proto__":null}'],
  ['an object with constructor', '{"constructor":{"prototype":{"a":1}}}'],
  [`${deep} nested arrays`, nestedArrays(deep)],
]

/** Those that show most, for a server that somebody else runs. */
const fewValues = values.filter(([name]) =>
  /^(null|zero|“__proto__”|an empty (array|object)|.* toString|.*nested.*|half.*)$/.test(
    name,
  ),
)

/** Where the value stands in a message; a string in its place otherwise. */
const mark = '"guardcheck-value"'

const place = JSON.parse(mark)

/** What an error says when it was written by the language, not for a caller. */
const inner =
  /\b(Range|Type|Reference|Syntax|Recursion|Internal|Attribute|Key)Error\b|Maximum call stack|maximum recursion depth|is not a function|Cannot (read|set|convert|destructure)\b|StackOverflow|NullPointer/

/** No message ends the process, keeps it busy or shows its inside. */
async function survivesAnything(subject: Subject): Promise<void> {
  const connection = await enter(subject)
  const agent = keepAlive(subject)
  try {
    let before = 'none'
    for (const [name, body] of messagesFor(subject)) {
      const message = { name, body, before }
      await expectAnswered(subject, connection, agent, message)
      before = name
    }
  } finally {
    agent.destroy()
  }
  const after = await ask(subject, { secret: subject.token })
  expect(isServed(after), `Then a call was answered ${said(after)}.`)
}

/** Every message, by what is odd about it. */
function messagesFor(subject: Subject): [name: string, body: string][] {
  const ours = subject.process !== undefined
  const { effect, call, maxBodyBytes = 4 * 1024 * 1024 } = subject
  const named = effect ?? call
  const jsonrpc = '2.0'
  const params = { name: nobodysTool, arguments: {} }
  const plain = { jsonrpc, id: 1, method: 'tools/call', params }
  const frames: [field: string, message: object][] = [
    ['method', { ...plain, method: place }],
    ['jsonrpc', { ...plain, jsonrpc: place }],
    ['id', { ...plain, id: place }],
    ['id of a ping', { jsonrpc, id: place, method: 'ping' }],
    ['id beside a method of no name', { ...plain, id: place, method: 0 }],
    ['params', { ...plain, params: place }],
    ['name', { ...plain, params: { ...params, name: place } }],
    [
      'arguments',
      {
        ...plain,
        params: { name: named?.name ?? nobodysTool, arguments: place },
      },
    ],
    ['_meta', { ...plain, params: { ...params, _meta: place } }],
    ['result', { jsonrpc, id: 1, result: place }],
    ['error', { jsonrpc, id: 1, error: place }],
  ]
  const write = (message: object, json: string) =>
    // A function, for what `$` means in a string.
    subject.write(message).body.replaceAll(mark, () => json)
  const chosen = ours ? values : fewValues
  const messages = frames.flatMap(([field, message]) =>
    chosen.map(([name, json]): [string, string] => [
      `${name} as its ${field}`,
      write(message, json),
    ]),
  )
  const whole = chosen.map(([name, json]): [string, string] => [
    `${name} in its place`,
    json,
  ])
  const depth = Math.min(deeper, Math.floor((maxBodyBytes - 1000) / 6))
  const heavy = frames
    .filter(([field]) =>
      (ours ? /^(params|result|_meta|error)$/ : /^result$/).test(field),
    )
    .map(([field, message]): [string, string] => [
      `${depth} nested objects as its ${field}`,
      write(message, nestedObjects(depth)),
    ])
  return [...messages, ...whole, ...heavy]
}

const isLate = ({ status }: Answer, tookMs: number) =>
  status === 0 || tookMs >= patienceMs

/** Asserts that a message is answered soon, and with nothing of the inside. */
async function expectAnswered(
  subject: Subject,
  { headers, inbox: target }: Connection,
  agent: Agent,
  { name, body, before }: { name: string; body: string; before: string },
): Promise<void> {
  const { token: secret } = subject
  const door = target === undefined ? {} : { target }
  const send = async (text: string) => {
    const start = performance.now()
    const probe = { secret, headers, body: text, agent, ...door }
    const answer = await subject.send(probe)
    return { answer, tookMs: performance.now() - start }
  }
  let { answer, tookMs } = await send(body)
  // Once more, for whoever was busy with something else: what a message as
  // long takes that has nothing in it is no fault of this one.
  for (let left = 2; left > 0 && isLate(answer, tookMs); left -= 1) {
    const flat = await send(
      JSON.stringify(' '.repeat(Math.max(0, body.length - 2))),
    )
    const again = await send(body)
    answer = again.answer
    tookMs = again.tookMs - flat.tookMs
  }
  const what = `A message with ${name}`
  expect(
    answer.status !== 0,
    `${what} was answered ${said(answer)}. What came before it was ${before}.`,
  )
  expect(answer.status < 500, `${what} was answered ${said(answer)}.`)
  expect(
    tookMs < patienceMs,
    `${what} was answered after ${Math.round(tookMs)} ms.`,
  )
  const shown = findLeak(answer.body) ?? inner.exec(answer.body)?.[0]
  expect(
    !shown,
    `The ${said(answer)} to a message with ${name} shows ${shown}.`,
  )
}
