import { setTimeout } from 'node:timers/promises'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, NotApplicable } from '../property.ts'
import type { Connection, Subject } from '../subject.ts'
import type { RawExchange } from '../wire.ts'
import { runTogether } from './grants.ts'
import {
  actionMessage,
  ask,
  enter,
  fillers,
  headOf,
  isServed,
  isWhole,
} from './probes.ts'
import { claimsFor } from './tokens.ts'

/** A way to write one and the same body; what is left out is as usual. */
interface Spelling {
  name: string
  /** The Content-Type lines, as they stand; none if empty. */
  types?: string[]
  /** The Content-Encoding lines, and what is done to the body. */
  encodings?: string[]
  encode?: (body: Buffer) => Buffer
  /** How the length is told, and the bytes that go with it. */
  frame?: (body: Buffer) => { lines: [string, string][]; bytes: Buffer }
  /** Short header lines before all that tells of the body. */
  before?: number
}

const json = 'application/json'

const quoted = (text: string) =>
  JSON.stringify(text).replace(
    /[\u007f-\u00ff]/g,
    (sign) => `\\x${sign.charCodeAt(0).toString(16)}`,
  )

const typed = (...types: string[]): Spelling => ({
  name: `Content-Type: ${types.map(quoted).join(' and ') || 'none'}`,
  types,
})

const encoded = (
  encodings: string[],
  encode: (body: Buffer) => Buffer = (body) => body,
): Spelling => ({
  name: `Content-Encoding: ${encodings.map(quoted).join(' and ')}`,
  encodings,
  encode,
})

const inChunks = (body: Buffer, size = body.length) => {
  const pieces: Buffer[] = []
  for (let start = 0; start < body.length; start += size) {
    const piece = body.subarray(start, start + size)
    const length = `${piece.length.toString(16)}\r\n`
    pieces.push(Buffer.from(length), piece, Buffer.from('\r\n'))
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')])
}

/** Chunks under these Transfer-Encoding lines. */
const chunked = (lines: string[], size?: number): Spelling => ({
  name: `Transfer-Encoding: ${lines.map(quoted).join(' and ')}${size ? `, ${size} bytes each` : ''}`,
  frame: (body) => ({
    lines: lines.map((line) => ['Transfer-Encoding', line]),
    bytes: inChunks(body, size),
  }),
})

/** A byte of Latin-1 behind the type, which some take for a space. */
const trailing = (byte: number) => typed(`${json}${String.fromCharCode(byte)}`)

/** Those that somebody's `trim` takes, and those at the ends. */
const fewBytes = [0x80, 0x85, 0xa0, 0xff]
const allBytes = Array.from({ length: 0x80 }, (_, i) => 0x80 + i)

const types: Spelling[] = [
  typed(),
  typed(''),
  typed(`${json}\v`),
  typed(`${json}\f`),
  typed(`\xa0${json}`),
  typed(`\xef\xbb\xbf${json}`),
  typed(`${json};`),
  typed(`${json};\xa0`),
  typed(`${json}\xa0;charset=utf-8`),
  typed(`${json};charset=`),
  typed('APPLICATION/JSON'),
  typed('application /json'),
  typed('application/problem+json'),
  typed(`${json}, ${json}`),
  typed(`${json}, text/plain`),
  typed(`text/plain, ${json}`),
  typed(`text/plain; ${json}`),
  typed(json, json),
  typed(json, 'text/plain'),
  typed('text/plain', json),
  typed(`${json};charset="utf-8"`),
  typed(`${json};charset=utf-16`),
  typed(`${json};charset=iso-8859-1`),
  typed(`${json};charset=guardcheck`),
  {
    ...typed(`${json};charset=utf-16le`),
    encode: (body) => Buffer.from(body.toString(), 'utf16le'),
  },
]

const encodings: Spelling[] = [
  encoded(['gzip'], gzipSync),
  encoded(['x-gzip'], gzipSync),
  encoded(['deflate'], deflateSync),
  encoded(['br'], brotliCompressSync),
  encoded(['gzip, gzip'], (body) => gzipSync(gzipSync(body))),
  encoded(['gzip', 'gzip'], (body) => gzipSync(gzipSync(body))),
  encoded(['gzip', 'identity'], gzipSync),
  { ...encoded(['gzip']), name: 'Content-Encoding: gzip on plain bytes' },
  encoded(['']),
  encoded(['identity']),
  encoded(['identity\xa0']),
  encoded(['identity, identity']),
  encoded(['guardcheck']),
]

const framings: Spelling[] = [
  chunked(['chunked']),
  chunked(['chunked'], 7),
  chunked(['Chunked']),
  chunked(['chunked\xa0']),
  chunked(['\vchunked']),
  chunked([',chunked']),
  chunked(['identity, chunked']),
  chunked(['identity', 'chunked']),
  chunked(['chunked', 'chunked']),
  chunked(['gzip, chunked']),
  chunked(['xchunked']),
  {
    name: 'no length at all',
    frame: (bytes) => ({ lines: [], bytes }),
  },
  {
    name: 'Content-Length: 0',
    frame: (bytes) => ({ lines: [['Content-Length', '0']], bytes }),
  },
  {
    name: 'a Content-Length with zeros before it',
    frame: (bytes) => ({
      lines: [['Content-Length', `000${bytes.length}`]],
      bytes,
    }),
  },
  ...[2000, 3000].map((before) => ({
    name: `${before} header lines before its length`,
    before,
  })),
]

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
export async function readsOnce(subject: Subject): Promise<void> {
  if (subject.dialect.way === 'stream') {
    throw new NotApplicable(
      'It answers on a stream of its own: what became of a body is not told.',
    )
  }
  const connection = await enter(subject)
  const odd = [...types, ...encodings, ...framings]
  let decided = 0
  for (const one of await casesOf(subject, connection, odd)) {
    if (await keepsToThePlain(subject, connection, one)) decided += 1
  }
  if (decided > 0) return
  throw new NotApplicable(
    'It refuses neither an array nor anything else that could be spelled in another way, and no effect is counted.',
  )
}

/** What is sent in every spelling: what must not run, and what may. */
async function casesOf(
  subject: Subject,
  { headers }: Connection,
  odd: Spelling[],
): Promise<Case[]> {
  const { token, liar, effect, maxBodyBytes: limit = Infinity } = subject
  const { body } = subject.write(actionMessage(subject), headers)
  const ours = subject.process !== undefined
  const bytes = (ours ? allBytes : fewBytes).map(trailing)
  const own = () => token
  const cases: Case[] = []
  const held = liar && (effect ?? subject.call) ? liar : undefined
  if (held && (await takesItsTokens(subject))) {
    const mint = async (scope: string | undefined) => {
      const claims = { ...claimsFor(subject), scope }
      const secret = opaque ? held.issueOpaque(claims) : await held.mint(claims)
      subject.hide(secret)
      return secret
    }
    let opaque = true
    opaque = isServed(await ask(subject, { secret: await mint(held.scope) }))
    const poor = await mint('')
    const spellings = [...bytes, ...odd]
    const what = 'A call without its scope'
    cases.push({ what, body, secret: () => poor, spellings, hurried: false })
    // Whoever looks a token up for the first time takes a moment.
    const first = { body, secret: () => mint(''), spellings: [] }
    cases.push({ what: `${what}, at first use`, ...first, hurried: true })
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
  if (effect) {
    const spellings = [...fewBytes.map(trailing), ...odd]
    const call = { body, secret: own, spellings, hurried: false }
    cases.push({ what: 'A call', ...call })
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

/** How many are sent at once, where none of them is to run. */
const lanes = 8
/** How many are half-closed at once. */
const hurry = 20

/**
 * Asserts that no spelling of a body gets further than the plain one, and
 * says whether that could be told.
 */
async function keepsToThePlain(
  subject: Subject,
  connection: Connection,
  { what, body, secret, spellings, hurried }: Case,
): Promise<boolean> {
  const { effect } = subject
  const count = async () => (await effect?.count()) ?? 0
  const send = async (spelling: Spelling, end = false) => {
    const request = written(subject, connection, body, spelling, await secret())
    return subject.sendRaw(request, {
      until: isWhole,
      timeoutMs: 3000,
      ...(end && { leave: 'half' }),
    })
  }
  const before = await count()
  const plain = await send({ name: 'plain' })
  const runs = (await count()) - before
  const refused = runs === 0 && !bringsResult(plain)
  // What the plain one lets run is the matter of properties of its own.
  if (!refused && what !== 'A call') return false
  const judge = (exchange: RawExchange, name: string) => {
    const { status } = exchange
    expect(
      status < 500 || status === 501,
      `${what}, with ${name}, was answered ${status}.`,
    )
    expect(
      !refused || (!bringsResult(exchange) && (status === 0 || status >= 400)),
      `${what} is refused, and with ${name} it was answered ${status}.`,
    )
  }
  if (!refused) {
    if (runs === 0) return false
    for (const spelling of spellings) {
      const start = await count()
      const exchange = await send(spelling)
      judge(exchange, spelling.name)
      const { status } = exchange
      const ran = (await count()) - start
      expect(
        ran === 0 || (ran === 1 && status >= 200 && status <= 299),
        `${what}, with ${spelling.name}, was answered ${status || 'nothing'} and ran ${ran} times.`,
      )
    }
    return true
  }
  const start = await count()
  const left = [...spellings]
  const lane = async () => {
    for (let one = left.shift(); one; one = left.shift()) {
      judge(await send(one), one.name)
    }
  }
  await runTogether(Array.from({ length: lanes }, lane))
  if ((await count()) !== start) {
    // Side by side nobody saw which of them it was.
    for (const one of spellings) {
      const earlier = await count()
      await send(one)
      const ran = (await count()) - earlier
      expect(ran === 0, `${what} is refused, and with ${one.name} it ran.`)
    }
  }
  if (hurried) {
    const all = Array.from({ length: hurry }, () => send({ name: '' }, true))
    for (const exchange of await Promise.all(all)) {
      judge(exchange, 'the connection half-closed right behind it')
    }
  }
  if (!effect) return true
  // What nobody waits for may take a moment.
  await setTimeout(300)
  const late = (await count()) - start
  const why = hurried
    ? ' right behind which the connection was half-closed'
    : ''
  expect(late === 0, `${what}${why} is refused, and ran ${late} times.`)
  return true
}

/** A request in a spelling, byte by byte. */
function written(
  subject: Subject,
  { headers: session }: Connection,
  body: string,
  spelling: Spelling,
  secret: string | undefined,
): Buffer {
  const { types = [json], encodings = [], before = 0 } = spelling
  const { encode = (bytes: Buffer) => bytes, frame = byLength } = spelling
  const { lines, bytes } = frame(encode(Buffer.from(body)))
  const { headers } = subject.write(actionMessage(subject), session)
  const telling: [string, string][] = [
    ...types.map((type): [string, string] => ['Content-Type', type]),
    ...encodings.map((name): [string, string] => ['Content-Encoding', name]),
    ...lines,
  ]
  const head = headOf(
    subject,
    [...headers, ['Connection', 'close'], ...fillers(before), ...telling],
    { secret: secret ?? null },
  )
    // That of `headOf` comes first, and is none of the spelling.
    .replace(`Content-Type: ${json}\r\n`, '')
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes])
}

const byLength = (bytes: Buffer) => ({
  lines: [['Content-Length', `${bytes.length}`]] as [string, string][],
  bytes,
})

/** Whether an answer holds a result of JSON-RPC. */
const bringsResult = ({ received }: RawExchange) =>
  /"result"\s*:/.test(received)
