import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import {
  claimsFor,
  enterHonestly,
  expectRefused,
  expectTaken,
  present,
} from '../../guardcheck/src/families/ask/access-tokens.ts'
import {
  ask,
  isServed,
  said,
  wrongSecret,
} from '../../guardcheck/src/families/ask/answer.ts'
import {
  headOf,
  isWhole,
  requestOf,
} from '../../guardcheck/src/families/ask/bytes.ts'
import { hintsOf } from '../../guardcheck/src/families/ask/challenges.ts'
import {
  expectRefusals,
  requireProcess,
  withAnother,
  withThrottle,
} from '../../guardcheck/src/families/ask/hold-process.ts'
import {
  createGrant,
  give,
  giveAndSee,
} from '../../guardcheck/src/families/ask/hold-tokens.ts'
import type { Answer } from '../../guardcheck/src/probe/answer.ts'
import type { Probe } from '../../guardcheck/src/probe/request.ts'
import {
  createSubject,
  type Subject,
} from '../../guardcheck/src/probe/subject.ts'
import { expect, type Property } from '../../guardcheck/src/property.ts'

/**
 * What step 3 promises of a property beyond what is asked of any server: its
 * own settings, words and numbers. Another server may do well without.
 */
export const promises: Record<string, Property['check']> = {
  'bearer/challenge-wellformed': challengesExactly,
  'transport/host-rebind-403': keepsToItsName,
  'transport/origin-foreign-403': readsOrigins,
  'transport/cors-allowlist-only': exposesItsHeaders,
  'secret/secret-file-convention': startsWithSettings,
  'tls/plain-http-dead': staysOnLoopback,
  'rotation/reload-keeps-last-good': readsTokensStrictly,
  'rotation/revoke-one-client': async (subject) => {
    await shutsEverybodyOut(subject)
    await paysNobodyRevoked(subject)
  },
  'resource/tool-scope-enforced': closesEveryTool,
  'resource/alg-confusion-refused': takesListedAlgorithms,
  'resource/exp-nbf-skew': forgivesClocks,
  'resource/iss-exact': readsIssuer,
  'resource/typ-at-jwt': readsType,
  'resource/jwks-rotation': readsMaxAge,
  'resource/jwks-abuse': saysUnavailable,
  'resource/opaque-introspection': asksSparingly,
  'resource/issuer-not-driven': asksForWhoWasGood,
  'operation/nothing-runs-on': paysNobodyGone,
  'operation/audit-log': saysWhy,
  'operation/every-call-audited': saysCutOff,
  'operation/auth-fail-throttle': countsGuesses,
  'operation/health-silent': isPlain,
}

/** The same of step 2, whose command keeps the tokens. */
export const keyPromises: Record<string, Property['check']> = {
  'secret/minted-entropy': drawsEnough,
  'rotation/rotation-old-dies': revivesNothing,
  'rotation/revoke-one-client': async (subject) => {
    await revokesAllOfOne(subject)
    await paysNobodyRevoked(subject)
  },
  'operation/nothing-runs-on': paysNobodyGone,
}

/** Asserts that two values are one, and says what was found instead. */
function same(found: unknown, wanted: unknown, what: string): void {
  const [a, b] = [found, wanted].map((it) => JSON.stringify(it))
  expect(a === b, `${what} is ${a}, and not ${b}.`)
}

/** Asserts that a refusal closes its connection and is kept by nobody. */
function expectEnd(answer: Answer, what: string): void {
  same(answer.header('connection'), ['close'], `Connection of ${what}`)
  same(answer.header('cache-control'), ['no-store'], `Caching of ${what}`)
}

/** Asserts a JSON-RPC error that says why the request is refused. */
function expectError(
  answer: Answer,
  status: number,
  words: string,
  what: string,
): void {
  same(answer.status, status, `The status of ${what}`)
  const [message] = answer.messages()
  const { code, message: told } = Object(message?.error)
  same(code, -32600, `The code of ${what}`)
  same(told, words, `What is told with ${what}`)
}

const authorization = (value: string): Probe => ({
  headers: [['Authorization', value]],
})

async function challengesExactly(subject: Subject): Promise<void> {
  const { origin, pathname } = subject.url
  const metadata = `${origin}/.well-known/oauth-protected-resource${pathname}`
  const cases: [probe: Probe, status: number, error: string | undefined][] = [
    [{}, 401, undefined],
    [authorization('Basic Bearer eHg6eHg='), 401, undefined],
    [{ secret: wrongSecret }, 401, 'invalid_token'],
    [authorization('Bearer'), 400, 'invalid_request'],
    [authorization('Bearer @@@'), 400, 'invalid_request'],
    [
      authorization(`Bearer Bearer ${subject.token ?? ''}`),
      400,
      'invalid_request',
    ],
  ]
  for (const [probe, status, error] of cases) {
    const answer = await ask(subject, probe)
    const what = `a ${status} with ${error ?? 'no error'}`
    same(answer.status, status, `The status of ${what}`)
    expectEnd(answer, what)
    const parameters = [
      'realm="mcp"',
      ...(error ? [`error="${error}"`] : []),
      `resource_metadata="${metadata}"`,
      'scope="documents:read"',
    ]
    same(
      answer.header('www-authenticate'),
      [`Bearer ${parameters.join(', ')}`],
      'The challenge',
    )
    const type = 'application/json; charset=utf-8'
    same(answer.header('content-type'), [type], 'The type of the body')
    same(answer.body, `{"error":"${error ?? 'unauthorized'}"}`, 'The body')
  }
  // A small body is read for the next call; any other ends the connection.
  for (const [name, value, ends] of [
    ['Content-Length', '65535', false],
    ['Content-Length', '65536', true],
    ['Transfer-Encoding', 'chunked', true],
  ] as const) {
    const head = headOf(subject, [[name, value]], { secret: wrongSecret })
    const until = (received: string) => received.includes('\r\n\r\n')
    const refused = await subject.sendRaw(head, { until })
    same(refused.status, 401, `The refusal of ${name}: ${value}`)
    same(refused.ends, ends, `The end after ${name}: ${value}`)
  }
}

/** The settings under which another one starts without our own name for it. */
const portOf = ({ url }: { url: URL }) => url.port

async function keepsToItsName(subject: Subject): Promise<void> {
  const { token: secret, url } = subject
  const foreign = await ask(subject, {
    secret,
    headers: [['Host', 'evil.example']],
  })
  const unknown = 'Nothing is served by that name.'
  expectError(foreign, 403, unknown, 'the refusal of a foreign Host')
  expectEnd(foreign, 'the refusal of a foreign Host')
  const twice = await subject.sendRaw(
    `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nHost: ${url.host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  )
  same(twice.status, 400, 'The status of the refusal of two Host lines')
  expect(
    twice.received.includes('"Send one Host."'),
    'Two Host lines are refused without a word.',
  )
  const wrong = [
    'nonsense',
    'http://127.0.0.1:1/mcp',
    'https://127.0.0.1:1/mcp?x',
    'https://user@127.0.0.1:1/mcp',
  ]
  await expectRefusals(subject, [
    ...wrong.map((PUBLIC_URL) => ({
      how: `with ${PUBLIC_URL} for its name`,
      env: { PUBLIC_URL },
      names: ['PUBLIC_URL'],
    })),
    {
      how: 'with no name and no port',
      env: { PUBLIC_URL: undefined, PORT: '0' },
      names: ['PUBLIC_URL'],
    },
  ])
  await withAnother(subject, { PUBLIC_URL: undefined }, (another) => {
    expect('started' in another, 'It did not start without PUBLIC_URL.')
    const { href } = another.started.url
    const port = portOf(another.started)
    same(href, `https://localhost:${port}/mcp`, 'Its own name for itself')
  })
}

async function readsOrigins(subject: Subject): Promise<void> {
  const { token: secret } = subject
  const foreign = await ask(subject, {
    secret,
    headers: [['Origin', 'https://evil.example']],
  })
  const unlisted = 'That Origin is not allowed here.'
  expectError(foreign, 403, unlisted, 'the refusal of a foreign Origin')
  expectEnd(foreign, 'the refusal of a foreign Origin')
  const wrong = [
    'nonsense',
    'https://app.example/',
    'https://app.example nonsense',
    'https://app.example http://b.example/path',
  ]
  await expectRefusals(
    subject,
    wrong.map((ALLOWED_ORIGINS) => ({
      how: `with ${ALLOWED_ORIGINS} for origins`,
      env: { ALLOWED_ORIGINS },
      names: ['ALLOWED_ORIGINS'],
    })),
  )
}

async function staysOnLoopback(subject: Subject): Promise<void> {
  // To the server an address like any other, and yet nobody else's.
  const HOST = '127.0.0.2'
  const plain = { TLS_KEY_FILE: undefined, TLS_CERT_FILE: undefined, HOST }
  await expectRefusals(subject, [
    {
      how: 'in plain HTTP on an address that is not loopback by name',
      env: { ...plain, TRUSTED_PROXY: '127.0.0.1' },
      names: ['HOST'],
    },
  ])
}

async function exposesItsHeaders(subject: Subject): Promise<void> {
  const origin: [string, string] = ['Origin', `${subject.origin}`]
  const answer = await ask(subject, { headers: [origin] })
  same(
    answer.header('access-control-expose-headers'),
    ['WWW-Authenticate,Mcp-Session-Id,X-Request-Id'],
    'What a listed page may read',
  )
  const preflight = await ask(subject, {
    method: 'OPTIONS',
    headers: [origin, ['Access-Control-Request-Method', 'POST']],
  })
  same(
    preflight.header('access-control-allow-methods'),
    ['POST'],
    'What a listed page may send',
  )
}

async function startsWithSettings(subject: Subject): Promise<void> {
  const { keys } = subject
  const text = keys?.format(keys.grants)
  await withAnother(
    subject,
    {
      MCP_TOKENS: text,
      MCP_TOKENS_FILE: undefined,
      ALLOWED_ORIGINS: undefined,
      TRUSTED_PROXY: undefined,
      GUESSES_PER_MINUTE: undefined,
    },
    async (another) => {
      expect('started' in another, 'It did not start with its tokens alone.')
      const { url } = another.started
      const server = createSubject({ ...subject, url })
      const served = await server.send({ secret: subject.token })
      expect(isServed(served), `A token was answered ${said(served)}.`)
      const page = await server.send({
        secret: subject.token,
        headers: [['Origin', `${subject.origin}`]],
      })
      same(page.status, 403, 'The answer to a page where none is listed')
    },
  )
}

/** What is wrong with an entry, and what is said of it. */
const wrongEntries: [entry: unknown, place: string][] = [
  [7, 'what it holds'],
  [{ name: '' }, 'name'],
  [{ name: 'x'.repeat(65) }, 'name'],
  [{ name: ' alice' }, 'name'],
  [{ name: 'alice ' }, 'name'],
  [{ name: 'al/ice' }, 'name'],
  [{ digest: 'x'.repeat(64) }, 'digest'],
  [{ digest: '0'.repeat(63) }, 'digest'],
  [{ digest: '0'.repeat(65) }, 'digest'],
  [{ digest: `${'0'.repeat(64)} ` }, 'digest'],
  [{ digest: ` ${'0'.repeat(64)}` }, 'digest'],
  [{ scopes: 'documents:read' }, 'scopes'],
  [{ scopes: [''] }, 'scopes'],
  [{ scopes: ['documents:read customers:read'] }, 'scopes'],
  [{ scopes: [' documents:read'] }, 'scopes'],
  [{ scopes: ['documents:read '] }, 'scopes'],
  [{ notBefore: '2026-01-01' }, 'notBefore'],
  [{ expiresAt: 'never' }, 'expiresAt'],
  [{ expiresAt: 4102444800000 }, 'expiresAt'],
  [{ secret: 'x' }, 'what it holds'],
]

async function readsTokensStrictly(subject: Subject): Promise<void> {
  const { keys } = subject
  if (!keys) return
  const { output, pid } = requireProcess(subject)
  const good = JSON.parse(keys.format(keys.grants)) as object[]
  const [first, second, ...rest] = good
  /** Whether a file of tokens makes it say so, within a second or two. */
  const complains = async (text: string, said: string) => {
    const from = output().length
    await keys.replace(text)
    process.kill(pid, 'SIGHUP')
    // It may still tell of the file before.
    const isSaid = () => output().slice(from).includes(said)
    const end = Date.now() + 2500
    while (!isSaid() && Date.now() < end) await setTimeout(5)
    return isSaid()
  }
  try {
    for (const [entry, place] of wrongEntries) {
      const wrong = typeof entry === 'object' ? { ...second, ...entry } : entry
      const text = JSON.stringify([first, wrong, ...rest])
      const said = `${keys.fileVariable} entry 2: ${place} is wrong.`
      expect(await complains(text, said), `It did not say: ${said}`)
    }
    expect(
      await complains(
        '{"0": []}',
        `${keys.fileVariable} must hold a JSON array`,
      ),
      'It did not say that tokens stand in an array.',
    )
  } finally {
    await give(keys)
    process.kill(pid, 'SIGHUP')
  }
  const names = ['x', `a.b-c@d_${'x'.repeat(56)}`]
  const fresh = names.map((name) => ({ ...createGrant(keys), name }))
  const bare = createGrant(keys)
  const digest = createHash('sha256').update(bare.secret).digest('hex')
  const times = { notBefore: new Date(0), expiresAt: new Date(4102444800000) }
  const all = JSON.parse(keys.format([...keys.grants, ...fresh]))
  await keys.replace(
    JSON.stringify([...all, { name: 'bare', digest, ...times }]),
  )
  process.kill(pid, 'SIGHUP')
  await setTimeout(700)
  for (const { secret } of [...fresh, bare]) {
    const answer = await subject.send({ secret })
    same(answer.status, 200, 'The answer to a token of a right file')
  }
  await give(keys)
  process.kill(pid, 'SIGHUP')
}

const run = promisify(execFile)

/** Runs commands of the operator on a file of their own. */
async function keep(
  { keys }: Subject,
  tokens: object[],
  args: string[],
  more: Record<string, string> = {},
): Promise<{ name: string; digest: string; expiresAt: string }[]> {
  const [program = '', ...rest] = keys?.command ?? []
  const folder = await mkdtemp(join(tmpdir(), 'guard-up-kept-'))
  const file = join(folder, 'tokens.json')
  await writeFile(file, JSON.stringify(tokens), { mode: 0o600 })
  const env = { ...process.env, MCP_TOKENS_FILE: file, ...more }
  try {
    await run(program, [...rest, ...args], { env })
    return JSON.parse(await readFile(file, 'utf8'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Two secrets of one caller, as they are kept. */
const twoOf = (name: string, ...ends: number[]) =>
  ends.map((end, at) => ({
    name,
    digest: `${at}`.repeat(64),
    scopes: [],
    notBefore: new Date(0),
    expiresAt: new Date(Date.now() + end),
  }))

/** Loaded into a command: writes down how many random bytes it asks for. */
const drawn = `
import crypto from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
const { randomBytes } = crypto
crypto.randomBytes = (size, ...more) => {
  appendFileSync(process.env.DRAWN, size + ' ')
  return randomBytes(size, ...more)
}
syncBuiltinESMExports()`

async function drawsEnough(subject: Subject): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'guard-up-drawn-'))
  const DRAWN = join(folder, 'drawn')
  const module = `data:text/javascript,${encodeURIComponent(drawn)}`
  const env = { DRAWN, NODE_OPTIONS: `--import ${module}` }
  try {
    await keep(subject, [], ['mint', 'alice', 'bob'], env)
    // What a digest hides of the time looks like chance, and is none.
    const sizes = await readFile(DRAWN, 'utf8').catch(() => '')
    same(sizes, '32 32 ', 'How many random bytes two secrets are made of')
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function revivesNothing(subject: Subject): Promise<void> {
  const before = twoOf('alice', -hour * 1000, hour * 1000)
  const kept = await keep(subject, before, ['rotate', 'alice'])
  const old = kept.find(({ digest }) => digest === before[0]?.digest)
  same(
    old && Date.parse(old.expiresAt) > Date.now(),
    false,
    'Whether a secret that had ended works after its caller has rotated',
  )
}

async function revokesAllOfOne(subject: Subject): Promise<void> {
  const before = twoOf('alice', hour * 1000, 2 * hour * 1000)
  const kept = await keep(subject, before, ['revoke', 'alice'])
  same(kept.length, 0, 'How many secrets of a caller who was revoked are left')
}

async function shutsEverybodyOut(subject: Subject): Promise<void> {
  const { keys, token: secret } = subject
  if (!keys) return
  const { pid } = requireProcess(subject)
  await keys.replace('[]')
  process.kill(pid, 'SIGHUP')
  try {
    const end = Date.now() + 2000
    const isOut = async () => (await subject.send({ secret })).status === 401
    while (!(await isOut()) && Date.now() < end) await setTimeout(50)
    expect(await isOut(), 'An emptied file of tokens shuts nobody out.')
  } finally {
    await give(keys)
    process.kill(pid, 'SIGHUP')
    await setTimeout(700)
  }
}

/** The tools of the office, the scope of each, and a call that it takes. */
const tools: [name: string, scope: string, given: object][] = [
  ['read_document', 'documents:read', { path: '.' }],
  ['query_customers', 'customers:read', { sql: 'select 1' }],
  ['check_stock', 'stock:read', { sku: 'TEA-001' }],
  [
    'issue_refund',
    'refunds:write',
    { customer: 'C-1001', amount: 1, reason: 'guardcheck' },
  ],
]

const callOf = (params: object | undefined) => ({
  jsonrpc: '2.0',
  id: 7,
  method: 'tools/call',
  ...(params && { params }),
})

async function closesEveryTool(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const tokenFor = async (claims: object) => {
    const secret = await liar.mint({ aud: subject.url.href, ...claims })
    subject.hide(secret)
    return secret
  }
  const all = tools.map(([, scope]) => scope)
  for (const [name, scope, given] of tools) {
    const body = callOf({ name, arguments: given })
    const others = all.filter((it) => it !== scope).join(' ')
    const refused = await ask(subject, {
      secret: await tokenFor({ scope: others }),
      body,
    })
    same(refused.status, 403, `The answer to ${name} without its scope`)
    const hint = (hintsOf(refused).get('scope') ?? '').split(' ')
    same(hint.at(-1), scope, `The scope of ${name}`)
    const held = hint.slice(0, -1).every((it) => others.includes(it))
    same(held, true, 'Whether the others that are named are held')
    const [family = ''] = scope.split(':')
    for (const claims of [
      { scope },
      { scope: family },
      { scope: `other ${scope}` },
      { scp: ['other', scope] },
    ]) {
      const secret = await tokenFor({ scope: undefined, ...claims })
      const served = await ask(subject, { secret, body })
      const what = `${name} with ${JSON.stringify(claims)}`
      expect(isServed(served), `${what} was answered ${said(served)}.`)
    }
  }
  const secret = await tokenFor({ scope: all.join(' ') })
  for (const params of [{ name: 'nothing', arguments: {} }, undefined]) {
    const body = callOf(params)
    const refused = await ask(subject, { secret, body })
    const closed = 'No scope opens that tool.'
    const what = 'the refusal of a tool that nobody listed'
    expectError(refused, 403, closed, what)
    const [message] = refused.messages()
    same(message?.id, body.id, `The id in ${what}`)
  }
  for (const method of ['resources/read', 'prompts/get', 'guardcheck/x']) {
    const body = { jsonrpc: '2.0', id: 7, method }
    const refused = await ask(subject, { secret, body })
    same(refused.status, 404, `The answer to ${method}`)
    const [message] = refused.messages()
    const code = typeof Object(message?.error).code
    same(code, 'number', `What a JSON-RPC error for ${method} has for a code`)
  }
  const listed = hintsOf(await ask(subject)).get('scope')
  same(listed, all[0], 'The scope to ask for at first')
}

/** A query that the database stops after two seconds: others wait so long. */
const endless = callOf({
  name: 'query_customers',
  arguments: {
    sql: 'WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT max(x) FROM t',
  },
})

/** Asserts that no refund in line is paid to a caller that `lose` cuts off. */
async function paysNobody(
  subject: Subject,
  secret: string,
  lose: (refunds: string) => Promise<unknown>,
): Promise<void> {
  const { effect, secondToken: other = '' } = subject
  if (!effect) return
  const { name, arguments: given } = effect
  const refund = callOf({ name, arguments: given })
  const query = requestOf(subject, other, endless)
  const holding = subject.sendRaw(query, { until: isWhole })
  await setTimeout(200)
  // The second waits behind the answer to the first as well.
  await lose(requestOf(subject, secret, refund).repeat(2))
  const before = await effect.count()
  // Whoever is in line is served in turn: by then those before had theirs.
  const next = await subject.send({ secret: other, body: refund })
  expect(isServed(next), `A refund in line was answered ${said(next)}.`)
  const paid = (await effect.count()) - before
  same(paid, 1, 'How many refunds are paid, to the one caller who is there')
  await holding
}

/** Milliseconds in which a call gets in line. */
const inLineMs = 300

async function paysNobodyGone(subject: Subject): Promise<void> {
  await paysNobody(subject, `${subject.token}`, (refunds) =>
    subject.sendRaw(refunds, { timeoutMs: inLineMs }),
  )
}

async function paysNobodyRevoked(subject: Subject): Promise<void> {
  const { keys } = subject
  if (!keys) return
  const { pid } = requireProcess(subject)
  const [{ scopes } = {}] = keys.grants
  const lost = { ...createGrant(keys), ...(scopes && { scopes }) }
  subject.hide(lost.secret)
  await giveAndSee(subject, keys, lost)
  await paysNobody(subject, lost.secret, async (refunds) => {
    const cut = subject.sendRaw(refunds, { until: isWhole })
    await setTimeout(inLineMs)
    await give(keys)
    process.kill(pid, 'SIGHUP')
    await cut
  })
}

async function takesListedAlgorithms(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  for (const alg of ['EdDSA', 'PS256'] as const) {
    const secret = await liar.signUnlisted(alg, claimsFor(subject))
    await expectTaken(subject, secret, `A token signed with ${alg}`)
  }
  const { algorithm } = liar
  for (const listed of ['ES256', 'RS256'] as const) {
    liar.algorithm = listed
    const secret = await liar.mint(claimsFor(subject))
    await expectTaken(subject, secret, `A token signed with ${listed}`)
  }
  liar.algorithm = algorithm
  for (const sub of [undefined, '', 7]) {
    const secret = await liar.mint({ ...claimsFor(subject), sub })
    await expectRefused(subject, secret, `A token for ${sub}`)
  }
}

const hour = 3600

async function forgivesClocks(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const claims = claimsFor(subject)
  const now = Math.floor(Date.now() / 1000)
  const taken = {
    'that ended ten seconds ago': { exp: now - 10 },
    'that begins in ten seconds': { nbf: now + 10, iat: now + 10 },
    'of twenty-five hours ago': { iat: now - 25 * hour },
    'that does not say when it was issued': { iat: undefined },
  }
  for (const [what, times] of Object.entries(taken)) {
    const secret = await liar.mint({ ...claims, ...times })
    await expectTaken(subject, secret, `A token ${what}`)
  }
  const refused = {
    'that ended forty seconds ago': { exp: now - 40 },
  }
  for (const [what, times] of Object.entries(refused)) {
    const secret = await liar.mint({ ...claims, ...times })
    await expectRefused(subject, secret, `A token ${what}`)
  }
}

async function readsIssuer(subject: Subject): Promise<void> {
  const wrong = [
    'http://issuer.example',
    'http://localhost.evil.example/',
    'see https://issuer.example',
    'see http://localhost:1',
    'http://localhost:x@evil.example',
    'https://issuer.example@evil.example',
  ]
  await expectRefusals(
    subject,
    wrong.map((OAUTH_ISSUER) => ({
      how: `with ${OAUTH_ISSUER} for an issuer`,
      env: { OAUTH_ISSUER },
      names: ['OAUTH_ISSUER'],
    })),
  )
  const right = { OAUTH_ISSUER: 'https://issuer.example' }
  await withAnother(subject, right, (another) => {
    expect('started' in another, 'It did not start with an https issuer.')
  })
}

async function readsType(subject: Subject): Promise<void> {
  const { liar } = subject
  const env = { OAUTH_TOKEN_TYP: 'JWT' }
  await withAnother(subject, env, async (another) => {
    expect('started' in another, 'It did not start with OAUTH_TOKEN_TYP.')
    const { url } = another.started
    const server = createSubject({ ...subject, url })
    for (const [typ, isTaken] of [
      ['JWT', true],
      ['at+jwt', false],
    ] as const) {
      const claims = { ...claimsFor(server), scope: 'documents:read' }
      const secret = `${await liar?.mint(claims, { typ })}`
      const answer = await present(server, secret)
      same(isServed(answer), isTaken, `Whether it takes ${typ}`)
    }
  })
}

async function readsMaxAge(subject: Subject): Promise<void> {
  await expectRefusals(
    subject,
    ['0', '-1', 'a minute'].map((OAUTH_MAX_AGE) => ({
      how: `with ${OAUTH_MAX_AGE} for the age of its keys`,
      env: { OAUTH_MAX_AGE },
      names: ['OAUTH_MAX_AGE'],
    })),
  )
  await withAnother(subject, { OAUTH_MAX_AGE: undefined }, (another) => {
    expect('started' in another, 'It did not start without OAUTH_MAX_AGE.')
  })
}

async function saysUnavailable(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const secret = liar.issueOpaque(claimsFor(subject))
  liar.setDown(true)
  try {
    const answer = await present(subject, secret)
    same(answer.status, 503, 'The answer while the issuer is away')
    // What was read of it before counts for no longer than that.
    await setTimeout(Number(liar.maxAge) * 1000 + 500)
    const signed = await liar.mint(claimsFor(subject))
    const later = await present(subject, signed)
    same(later.status, 503, 'The answer by keys that may be withdrawn')
    const [message] = later.messages()
    same(
      Object(message?.error).message,
      'Something went wrong on the server.',
      'What a caller is told of that',
    )
  } finally {
    liar.setDown(false)
    // It asks again after a second.
    await setTimeout(1_200)
  }
}

async function asksSparingly(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const claims = claimsFor(subject)
  const now = () => Date.now() / 1000
  for (const text of ['~a.b.c', 'a.b.c~', 'a.b.c.d', 'a.b', 'a..c']) {
    const secret = liar.issueOpaque(claims, `${text}${Date.now()}`)
    if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(secret)) continue
    await expectTaken(subject, secret, `A token like ${text}`)
  }
  const tail = liar.issueOpaque(claims, `a.${Date.now()}.c~`)
  await expectTaken(subject, tail, 'A token with an odd end')
  const before = liar.hits.introspection
  const kept = liar.issueOpaque(claims)
  for (let n = 0; n < 3; n += 1) {
    await expectTaken(subject, kept, 'A token that was asked about')
  }
  const asked = liar.hits.introspection - before
  same(asked, 1, 'How often it asked about one token')
  const asking = liar.hits.introspection
  const dead = liar.issueOpaque({ ...claims, active: false })
  for (let n = 0; n < 3; n += 1) {
    await expectRefused(subject, dead, 'A token that is not active')
  }
  const askedInVain = liar.hits.introspection - asking
  same(askedInVain, 1, 'How often it asked about a token that is dead')
  const nameless = liar.issueOpaque({ ...claims, iss: undefined })
  await expectTaken(subject, nameless, 'A token whose issuer is not told')
  const soon = { nbf: Math.floor(now()) + 20 }
  const early = liar.issueOpaque({ ...claims, ...soon })
  await expectTaken(subject, early, 'A token that begins in 20 seconds')
  for (const exp of [undefined, Math.floor(now()) - 40]) {
    const secret = liar.issueOpaque({ ...claims, exp })
    await expectRefused(subject, secret, `A token that ends at ${exp}`)
  }
  const late = { exp: Math.floor(now()) - 10 }
  const forgiven = liar.issueOpaque({ ...claims, ...late })
  await expectTaken(subject, forgiven, 'A token that ended ten seconds ago')

  const folder = await mkdtemp(join(tmpdir(), 'guard-up-empty-'))
  const empty = join(folder, 'client.secret')
  await writeFile(empty, '\n', { mode: 0o600 })
  const both = {
    OAUTH_CLIENT_ID: undefined,
    OAUTH_CLIENT_SECRET_FILE: undefined,
  }
  const { keys } = subject
  await expectRefusals(subject, [
    {
      how: 'with a client and no secret',
      env: { OAUTH_CLIENT_SECRET_FILE: undefined },
      names: ['OAUTH_CLIENT_SECRET_FILE'],
    },
    {
      how: 'with a secret and no client',
      env: { OAUTH_CLIENT_ID: undefined },
      names: ['OAUTH_CLIENT_ID'],
    },
    {
      how: 'with a folder for a secret',
      env: { OAUTH_CLIENT_SECRET_FILE: '/' },
      names: ['OAUTH_CLIENT_SECRET_FILE'],
    },
    {
      how: 'with nothing for a secret',
      env: { OAUTH_CLIENT_SECRET_FILE: empty },
      names: ['OAUTH_CLIENT_SECRET_FILE'],
    },
  ]).finally(() => rm(folder, { recursive: true }))
  await withAnother(subject, both, async (another) => {
    expect('started' in another, 'It did not start without a client.')
    const { url } = another.started
    const server = createSubject({ ...subject, url, keys })
    const told = liar.issueOpaque({ ...claims, aud: url.href })
    await expectRefused(server, told, 'A token that nobody can be asked about')
  })
}

/** Whoever was good a moment ago is asked about again, whoever guesses there. */
async function asksForWhoWasGood(subject: Subject): Promise<void> {
  const throttle = { GUESSES_PER_MINUTE: '3', OAUTH_MAX_AGE: '1' }
  await withThrottle({ ...subject, throttle }, async (server) => {
    const liar = await enterHonestly(server)
    const good = liar.issueOpaque(claimsFor(server))
    const fresh = liar.issueOpaque(claimsFor(server))
    await expectTaken(server, good, 'A token that was asked about')
    const guess = () => server.send({ secret: wrongSecret })
    for (let n = 0; n < 3; n += 1) await guess()
    same((await guess()).status, 429, 'The answer to a fourth guess')
    await setTimeout(1200)
    const before = liar.hits.introspection
    const again = await server.send({ secret: good })
    expect(isServed(again), `A token that was good is answered ${said(again)}.`)
    const asked = liar.hits.introspection - before
    same(asked, 1, 'How often it asked about a token that was good before')
    const unknown = await server.send({ secret: fresh })
    same(unknown.status, 429, 'The answer to a token that nobody had shown')
  })
}

/** The line of the log about one request. */
async function lineAbout(subject: Subject, probe: Probe) {
  const { output } = requireProcess(subject)
  const from = output().length
  const answer = await ask(subject, probe)
  const [id = ''] = answer.header('x-request-id')
  const find = () =>
    output()
      .slice(from)
      .split('\n')
      .slice(0, -1)
      .find((line) => line.includes(id))
  const end = Date.now() + 1000
  while (find() === undefined && Date.now() < end) await setTimeout(10)
  return JSON.parse(find() ?? '{}') as Record<string, unknown>
}

async function saysWhy(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const claims = claimsFor(subject)
  const { keys } = subject
  const [alice, , carol, dave] = keys?.grants ?? []
  const name = 'issue_refund'
  const cases: [probe: Probe, findings: Record<string, unknown>][] = [
    [{}, { credential: 'none' }],
    [authorization('Bearer @'), { credential: 'malformed' }],
    [{ secret: keys?.createSecret() }, { credential: 'unknown' }],
    [{ secret: alice?.secret }, { credential: 'valid', caller: 'alice' }],
    [{ secret: carol?.secret }, { credential: 'expired', caller: 'carol' }],
    [{ secret: dave?.secret }, { credential: 'not valid yet', caller: 'dave' }],
    [
      { secret: await liar.mint(claims) },
      { credential: 'valid', caller: 'guardcheck' },
    ],
    [
      { secret: await liar.lie('wrong-audience', claims) },
      { credential: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'aud' },
    ],
    [
      { secret: liar.issueOpaque({ ...claims, aud: undefined }) },
      { credential: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'aud' },
    ],
    [
      { secret: liar.issueOpaque({ ...claims, active: false }) },
      { credential: 'ERR_JWT_INVALID' },
    ],
    [
      {
        secret: await liar.mint({ ...claims, scope: 'documents:read' }),
        body: callOf({ name, arguments: {} }),
      },
      { credential: 'valid', lacking: 'refunds:write' },
    ],
  ]
  for (const [probe, findings] of cases) {
    const line = await lineAbout(subject, probe)
    for (const [field, wanted] of Object.entries(findings)) {
      same(line[field], wanted, `${field} in the log`)
    }
  }
  const elsewhere = await lineAbout(subject, {
    secret: alice?.secret,
    target: '/guardcheck',
  })
  const unjudged = ['malformed', 'unknown'].includes(`${elsewhere.credential}`)
  same(unjudged, false, 'Whether a good credential is called a bad one')
  const secret = liar.issueOpaque(claims)
  liar.setDown(true)
  try {
    const outage = await lineAbout(subject, { secret })
    const blamed = /malformed|unknown|expired|^ERR_JWT|^valid|^none/
    const isBlamed = blamed.test(`${outage.credential}`)
    same(isBlamed, false, 'Whether a token is blamed for an outage')
  } finally {
    liar.setDown(false)
    // It asks again after a second.
    await setTimeout(1_200)
  }
}

async function saysCutOff(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const { output } = requireProcess(subject)
  const secret = liar.issueOpaque(claimsFor(subject))
  subject.hide(secret)
  const from = output().length
  liar.setDelay(300)
  try {
    const ping = { jsonrpc: '2.0', id: 7, method: 'ping' }
    const bytes = requestOf(subject, secret, ping)
    await subject.sendRaw(bytes, { leave: 'whole' })
    await setTimeout(600)
  } finally {
    liar.setDelay(0)
  }
  const lines = output().slice(from).split('\n').filter(Boolean)
  same(lines.length, 1, 'How many lines tell of a caller who went')
  const { decision, status } = JSON.parse(`${lines[0]}`)
  same(decision, 'cut off', 'What is said of a caller who went')
  same(status, undefined, 'The status that nobody was answered')
}

async function countsGuesses(subject: Subject): Promise<void> {
  const wrong = [
    { TRUSTED_PROXY: 'nonsense' },
    { TRUSTED_PROXY: '127.0.0.1 nonsense' },
    { TRUSTED_PROXY: '10.0.0/8.0' },
    { GUESSES_PER_MINUTE: '0' },
    { GUESSES_PER_MINUTE: '1.5' },
    { GUESSES_PER_MINUTE: 'many' },
  ]
  await expectRefusals(
    subject,
    wrong.map((env) => ({
      how: `with ${Object.values(env)} for ${Object.keys(env)}`,
      env,
      names: Object.keys(env),
    })),
  )
  const { token: secret } = subject
  const env = {
    ALLOWED_ORIGINS: 'https://app.example,https://b.example:8443,',
    TRUSTED_PROXY: '127.0.0.9, ::2 10.0.0.0/16',
    GUESSES_PER_MINUTE: '1',
  }
  await withAnother(subject, env, async (another) => {
    expect('started' in another, 'It did not start with lists.')
    const { url, output } = another.started
    const server = createSubject({ ...subject, url })
    for (const origin of ['https://app.example', 'https://b.example:8443']) {
      const headers: Probe['headers'] = [['Origin', origin]]
      const { status } = await server.send({ secret, headers })
      same(status, 200, `The answer to ${origin}`)
    }
    const forwarded: Probe['headers'] = [
      ['X-Forwarded-For', '10.1.2.3'],
      ['Forwarded', 'for=10.1.2.3'],
    ]
    const first = await server.send({ secret: wrongSecret, headers: forwarded })
    same(first.status, 401, 'The answer to a first guess')
    const names = first.headers.map(([name]) => name)
    const telling = names.find((name) => /ratelimit/.test(name))
    same(telling, undefined, 'What tells of the count')
    expect(
      !/ERR_ERL|ValidationError/.test(output()),
      'A caller who names a proxy made it complain.',
    )
    for (const probe of [{ secret: wrongSecret }, authorization('Bearer @')]) {
      const second = await server.send(probe)
      const many = 'Too many credentials were wrong.'
      expectError(second, 429, many, 'the refusal of a second guess')
      expectEnd(second, 'the refusal of a second guess')
      same(second.header('retry-after'), ['60'], 'Retry-After')
    }
    same((await server.send()).status, 401, 'The answer to no credential')
    same((await server.send({ secret })).status, 200, 'The answer to a token')
  })
  const proxied = { TRUSTED_PROXY: '127.0.0.1', GUESSES_PER_MINUTE: '1' }
  await withAnother(subject, proxied, async (another) => {
    expect('started' in another, 'It did not start behind a proxy.')
    const server = createSubject({ ...subject, url: another.started.url })
    // A home has a whole network of addresses, and is counted as one.
    for (const [from, status] of [
      ['2001:db8::1', 401],
      ['2001:db8::2', 429],
      ['2001:db8:1::1', 401],
    ] as const) {
      const headers: Probe['headers'] = [['X-Forwarded-For', from]]
      const answer = await server.send({ secret: wrongSecret, headers })
      same(answer.status, status, `The answer to a guess from ${from}`)
    }
  })
}

async function isPlain(subject: Subject): Promise<void> {
  const probe = { method: 'GET', target: subject.health ?? '' }
  const answer = await subject.send(probe)
  same(answer.body, 'ok\n', 'What it says')
  same(
    answer.header('content-type'),
    ['text/plain; charset=utf-8'],
    'How it says so',
  )
}
