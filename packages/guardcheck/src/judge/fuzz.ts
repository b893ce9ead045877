import fc from 'fast-check'
import { claimsFor } from '../families/ask/access-tokens.ts'
import { enter, guardedToken } from '../families/ask/answer.ts'
import type { SubjectOptions } from '../probe/options.ts'
import { createSubject, type Subject } from '../probe/subject.ts'

/** How many requests are tried, and where the dice begin. */
export interface FuzzOptions {
  runs: number
  seed: number
  onRun?: (() => void) | undefined
}

/** What came of it. */
export interface FuzzReport {
  seed: number
  /** Requests that were sent, those to make the last one small included. */
  sent: number
  /** Requests with the good credential that were served. */
  served: number
  /** Requests that were answered 429, and so tell nothing. */
  throttled: number
  /** The smallest request found that is answered as it must not be. */
  found?: { request: string; why: string }
}

/** A piece of text, or of the good token from one position to another. */
type Piece = string | { from: number; to: number }

/** One request: what it says, and how it is told without the token. */
interface Attempt {
  method: string
  target: string
  lines: [name: string, pieces: Piece[]][]
  body: string | undefined
  chunked: boolean
}

/** Milliseconds in which each request must have been answered. */
const patience = 5_000

/**
 * Sends requests that nobody thought of, one at a time: only the one good
 * credential may open the door, and nothing may break the server or stall it.
 * No tool is called.
 * @throws {NotApplicable} when the token that is given opens nothing
 */
export async function fuzz(
  options: SubjectOptions,
  { runs, seed, onRun }: FuzzOptions,
): Promise<FuzzReport> {
  const subject = createSubject(options)
  const token = await guardedToken(subject)
  await enter(subject)
  const report: FuzzReport = { seed, sent: 0, served: 0, throttled: 0 }
  const jwts = await createJwts(subject)
  const attempts = fc.oneof(
    { weight: 4, arbitrary: createAttempts(subject.url, token) },
    ...(jwts ? [{ weight: 1, arbitrary: jwts }] : []),
  )
  const property = fc.asyncProperty(attempts, async (attempt) => {
    report.sent += 1
    onRun?.()
    const why = await judge(createSubject(options), attempt, token, report)
    if (why) throw new Error(why)
  })
  const { failed, counterexample, errorInstance } = await fc.check(property, {
    numRuns: runs,
    seed,
    endOnFailure: false,
  })
  if (!failed) return report
  const [attempt] = counterexample as [Attempt]
  const request = tell(attempt)
  const why = (errorInstance as Error).message
  return { ...report, found: { request, why } }
}

/** Sends one request, and says what is wrong with its answer, if anything. */
async function judge(
  subject: Subject,
  attempt: Attempt,
  token: string,
  report: FuzzReport,
): Promise<string | undefined> {
  const { status, received, closed } = await subject.sendRaw(
    Buffer.from(write(subject, attempt, token), 'latin1'),
    // A stream that was opened has said what it is with its head.
    { timeoutMs: patience, until: isStream, graceMs: 100 },
  )
  if (status === 429) report.throttled += 1
  const good = isGood(attempt, subject, token)
  const opened = isOpened(received, status, attempt, subject)
  if (good && opened) report.served += 1
  if (opened && !good) return `It was let in (${status}).`
  // What Node's and others' parsers say to a method that they do not know.
  if (status >= 500 && status !== 501) return `It was answered ${status}.`
  if (!closed && !status) return `It was not answered within ${patience} ms.`
  return undefined
}

/** Whether a request has exactly one credential, and it is the good one. */
function isGood({ lines }: Attempt, subject: Subject, token: string): boolean {
  const given = lines
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .map(([, pieces]) => trim(render(pieces, token)))
  // A server may be reached only with headers of ours; they stay as they are.
  const own = (subject.headers ?? []).filter(
    ([name]) => name.toLowerCase() === 'authorization',
  )
  const [line = ''] = given
  const [, scheme, secret] = /^(\w+) +(.*)$/.exec(line) ?? []
  const one = given.length + own.length === 1
  return one && scheme?.toLowerCase() === 'bearer' && secret === token
}

/** White space around a header's value is no part of it (RFC 9110 §5.5). */
const trim = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, '')

/** Whether the answer gives what a guard is there to keep. */
function isOpened(
  received: string,
  status: number,
  { method, target }: Attempt,
  { url }: Subject,
): boolean {
  if (status < 200 || status > 299) return false
  if (/"result"\s*:/.test(received)) return true
  const here = target === url.pathname + url.search
  return here && (isStream(received) || method === 'POST')
}

const isStream = (received: string) =>
  /^content-type:\s*text\/event-stream/im.test(received)

const render = (pieces: Piece[], token: string) =>
  pieces
    .map((it) => (typeof it === 'string' ? it : token.slice(it.from, it.to)))
    .join('')

/** The request as bytes, one character each. */
function write(
  { url, headers = [] }: Subject,
  { method, target, lines, body, chunked }: Attempt,
  token: string,
): string {
  const head = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${url.host}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...lines.map(([name, pieces]) => `${name}: ${render(pieces, token)}`),
    'Accept: application/json, text/event-stream',
    'MCP-Protocol-Version: 2025-11-25',
    'Connection: close',
  ]
  if (body === undefined) return `${head.join('\r\n')}\r\n\r\n`
  head.push('Content-Type: application/json')
  const bytes = Buffer.from(body, 'utf8').toString('latin1')
  const size = bytes.length
  if (!chunked) {
    return `${[...head, `Content-Length: ${size}`].join('\r\n')}\r\n\r\n${bytes}`
  }
  const chunk = size > 0 ? `${size.toString(16)}\r\n${bytes}\r\n` : ''
  const framing = 'Transfer-Encoding: chunked'
  return `${[...head, framing].join('\r\n')}\r\n\r\n${chunk}0\r\n\r\n`
}

/** The request for a person to read, with names in the token's place. */
function tell({ method, target, lines, body, chunked }: Attempt): string {
  const show = (piece: Piece) =>
    typeof piece === 'string'
      ? JSON.stringify(piece).slice(1, -1)
      : `<token from ${piece.from} to ${piece.to}>`
  const head = lines.map(
    ([name, pieces]) => `${name}: ${pieces.map(show).join('')}`,
  )
  const framing = chunked ? ['Transfer-Encoding: chunked'] : []
  return [`${method} ${target}`, ...head, ...framing, '', body ?? '']
    .join('\n')
    .trimEnd()
}

/** Anything that may stand in a header: no end of a line, no NUL. */
const text = (maxLength: number) =>
  fc
    .string({ unit: character, maxLength })
    .map((it) => it.replace(/[\r\n]/g, ' '))

/** As often as not one that means something in a header. */
const character = fc.oneof(
  fc.constantFrom(...' \t,;="\\%A'),
  fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
)

/** Mostly the usual, so that what is odd in a request stands alone. */
const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: odd })

function createAttempts(url: URL, token: string): fc.Arbitrary<Attempt> {
  const whole: Piece = { from: 0, to: token.length }
  const cut = fc
    .tuple(fc.nat(token.length), fc.nat(token.length))
    .map(([a, b]): Piece => ({ from: Math.min(a, b), to: Math.max(a, b) }))
  const head = fc.nat(token.length).map((to): Piece => ({ from: 0, to }))
  const pieces = fc.oneof(
    fc.constant([whole]),
    fc.tuple(fc.constant(whole), text(8)),
    fc.tuple(text(8), fc.constant(whole)),
    fc.tuple(head),
    fc.tuple(head, text(4), cut),
    fc.array(fc.oneof(fc.constant(whole), cut, text(8)), { maxLength: 3 }),
  )
  const scheme = mostly(
    fc.constantFrom('Bearer', 'bearer', 'BEARER'),
    fc.oneof(
      fc.constantFrom('Basic', 'Token', 'DPoP', '', 'Bearer:', 'Bearer Bearer'),
      text(8),
    ),
  )
  const gap = mostly(
    fc.constant(' '),
    fc.constantFrom('  ', '\t', '', ' \t ', '\u00a0', ',', ' "', '='),
  )
  const credential = mostly(
    fc
      .tuple(scheme, gap, pieces)
      .map(([name, space, rest]): Piece[] => [name, space, ...rest]),
    text(60).map((it): Piece[] => [it]),
  )
  const authorization = fc.constantFrom('Authorization', 'authorization')
  const elsewhere = fc.constantFrom(
    'Proxy-Authorization',
    'X-Authorization',
    'X-Api-Key',
    'X-Forwarded-Authorization',
    'Cookie',
    'Mcp-Session-Id',
    'X-Original-URL',
    'X-HTTP-Method-Override',
  )
  const line = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(authorization, credential) },
    { weight: 2, arbitrary: fc.tuple(elsewhere, pieces) },
    { weight: 1, arbitrary: fc.tuple(elsewhere, credential) },
  ) as fc.Arbitrary<Attempt['lines'][number]>
  const { pathname } = url
  const oddPath = fc.oneof(
    fc.constantFrom(
      `${pathname}/`,
      pathname.toUpperCase(),
      `/${pathname}`,
      `${pathname}/.`,
      `/.${pathname}`,
      `${pathname};x=1`,
      `${pathname}%2f`,
      `${pathname}%00`,
      `/x/..${pathname}`,
      `${pathname}?access_token=x`,
      pathname.replace(/^\/(.)/, (_, first: string) => {
        return `/%${first.charCodeAt(0).toString(16)}`
      }),
      url.href,
      '/',
      '*',
    ),
    fc.webPath().map((it) => (it.startsWith('/') ? it : `/${it}`)),
  )
  const oddMethod = fc.oneof(
    fc.constantFrom('GET', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS'),
    fc.constantFrom('TRACE', 'QUERY', 'PRI'),
    fc.stringMatching(/^[A-Z]{1,12}$/),
  )
  const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
  return fc.record({
    method: mostly(fc.constant('POST'), oddMethod),
    target: mostly(fc.constant(pathname + url.search), oddPath),
    lines: mostly(
      fc.tuple(line),
      fc.array(line, { maxLength: 3 }),
    ) as fc.Arbitrary<Attempt['lines']>,
    body: mostly(fc.constant(body), fc.option(bodies, { nil: undefined })),
    chunked: mostly(fc.constant(false), fc.constant(true)),
  })
}

/** Messages of harmless methods, and what is no message at all. */
const bodies = fc.oneof(
  fc
    .record({
      jsonrpc: fc.constantFrom('2.0', '2.0', '2.0', '1.0', 2),
      id: fc.oneof(fc.nat(), fc.string(), fc.constant(null)),
      method: fc.oneof(
        fc.constantFrom('ping', 'tools/list', 'initialize', 'server/discover'),
        fc.string(),
      ),
      params: fc.oneof(fc.constant({}), fc.jsonValue()),
    })
    // A method is random letters at worst: no tool is called by chance.
    .map((message) => JSON.stringify(message)),
  fc.json(),
  fc.string(),
  fc.constantFrom('', '[]', '[[]]', '{', '"', '\u0000', '{"__proto__":{}}'),
)

/** Tokens that were good, less their signature or with more in them. */
async function createJwts(
  subject: Subject,
): Promise<fc.Arbitrary<Attempt> | undefined> {
  const { liar, url } = subject
  if (!liar) return undefined
  const honest = await liar.mint({ ...claimsFor(subject), scope: liar.scope })
  const [header = '', claims = '', signature = ''] = honest.split('.')
  const read = (part: string) =>
    JSON.parse(Buffer.from(part, 'base64url').toString())
  const encode = (value: unknown) =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  const value = fc.oneof(
    fc.constantFrom('none', 'None', 'HS256', 'ES256', 'JWT', 'at+jwt', null),
    fc.jsonValue({ maxDepth: 1 }),
  )
  const edit = (...names: string[]) =>
    fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 2 })
  return fc
    .record({
      header: edit('alg', 'typ', 'kid', 'crit', 'jwk', 'jku', 'x5c', 'b64'),
      claims: edit('iss', 'aud', 'exp', 'nbf', 'iat', 'sub', 'scope', 'cnf'),
      keep: fc.nat(signature.length),
      tail: fc.constantFrom('', '', '', '.', '..', 'AAAA', '=', '.e30'),
    })
    .map((it) => {
      const head = encode({ ...read(header), ...it.header })
      const body = encode({ ...read(claims), ...it.claims })
      return `${head}.${body}.${signature.slice(0, it.keep)}${it.tail}`
    })
    .filter((token) => !isSame(token, honest))
    .map((token) => ({
      method: 'POST',
      target: url.pathname + url.search,
      lines: [['Authorization', [`Bearer ${token}`]]] as Attempt['lines'],
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
      chunked: false,
    }))
}

/** Whether two tokens say the same: base64 has bits that nobody reads. */
function isSame(one: string, other: string): boolean {
  const read = (token: string) =>
    token
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString('hex'))
  return read(one).join('.') === read(other).join('.')
}
