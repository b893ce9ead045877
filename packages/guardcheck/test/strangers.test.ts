import { randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { catalogue } from '../src/catalogue.ts'
import { detect } from '../src/judge/detect.ts'
import { judgeAll } from '../src/judge/runner.ts'
import {
  type Dialect,
  statelessDialect,
  streamDialect,
  usualDialect,
} from '../src/probe/dialect.ts'
import type { SubjectOptions } from '../src/probe/options.ts'
import {
  type Manners,
  type Stranger,
  speak,
  startStranger,
} from './strangers.ts'

const running = new Set<Stranger>()
const start = async (answer: RequestListener, path?: string) => {
  const stranger = await startStranger(answer, path)
  running.add(stranger)
  return stranger
}
afterEach(async () => {
  await Promise.all([...running].map((stranger) => stranger.stop()))
  running.clear()
})

const secret = randomBytes(24).toString('base64url')

/** What step 2 asks of a server that nobody holds, so without TLS and OAuth. */
const asked = catalogue.filter(
  ({ id, since }) => since < 3 && !/^(secret|rotation|operation)\//.test(id),
)

/** What fails and what is undecided, by its id. */
async function judgeBriefly(options: SubjectOptions) {
  const report = await judgeAll(asked, options)
  const of = (verdict: string) =>
    report.results
      .filter((result) => result.verdict === verdict)
      .map(({ property, why }) => `${property.id}: ${why}`)
  return { ...report, fails: of('fails'), undecided: of('not-applicable') }
}

const dialects: [name: string, dialect: Dialect][] = [
  ['2025-11-25', usualDialect],
  ['2025-06-18', { ...usualDialect, revision: '2025-06-18' }],
  ['2025-03-26', { ...usualDialect, revision: '2025-03-26' }],
  ['2026-07-28', statelessDialect],
  ['2024-11-05 (HTTP+SSE)', streamDialect],
]

describe.each(dialects)('a strict server that speaks %s', (_, dialect) => {
  test('is asked in its own dialect and holds what it holds', async () => {
    const { url } = await start(speak({ dialect, secret }), '/v1/mcp')
    const found = await judgeBriefly({ url, token: secret })
    expect(found.dialect).toEqual(dialect)
    expect(found.open).toBe(false)
    expect(found.fails).toEqual([])
    const decided = asked.length - found.undecided.length
    expect(decided, found.undecided.join('\n')).toBeGreaterThan(18)
  })

  test('is called open where it has no guard', async () => {
    const { url } = await start(speak({ dialect }))
    const { open, dialect: spoken } = await detect({ url })
    expect({ open, spoken }).toEqual({ open: true, spoken: dialect })
  })
})

describe('a hole is found, whatever the dialect', () => {
  const holes: [hole: Manners['hole'], dialect: Dialect, red: string[]][] = [
    [
      'any-secret',
      statelessDialect,
      [
        'bearer/wrong-401-invalid-token',
        'bearer/malformed-400',
        'bearer/scheme-case-insensitive',
        'bearer/guard-before-work',
      ],
    ],
    [
      'open-inbox',
      streamDialect,
      ['session/session-not-auth', 'bearer/guard-before-session'],
    ],
    ['open-beside', usualDialect, ['transport/path-variants-guarded']],
  ]
  test.each(holes)('%s', async (hole, dialect, red) => {
    const { url } = await start(speak({ dialect, secret, hole }))
    const { results, open } = await judgeAll(asked, { url, token: secret })
    expect(open).toBe(false)
    const failing = results.filter(({ verdict }) => verdict === 'fails')
    expect(failing.map(({ property }) => property.id)).toEqual(
      expect.arrayContaining(red),
    )
  })
})

describe('what is no MCP endpoint is told from one, in a sentence', () => {
  const answers: [name: string, answer: RequestListener, says: RegExp][] = [
    [
      'a page',
      (_req, res) =>
        res.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>Hello'),
      /^is no MCP endpoint: it answered 200 \(text\/html\)/,
    ],
    [
      'a redirect',
      (_req, res) =>
        res.writeHead(307, { Location: 'https://a.example/mcp?k=1' }).end(),
      /^redirects to https:\/\/a\.example\/mcp: /,
    ],
    [
      'a redirect to nowhere',
      (_req, res) => res.writeHead(302).end(),
      /^redirects to nowhere: /,
    ],
    ['a hang-up', (req) => req.socket.destroy(), /^did not answer \(ECONNRE/],
    ['silence', () => {}, /^did not answer \(timed out\)/],
    [
      'a body without end',
      (_req, res) => {
        res.writeHead(200, { 'Content-Type': 'application/json' })
        const more = () => {
          if (!res.destroyed) res.write('x'.repeat(64 * 1024), more)
        }
        more()
      },
      /^is no MCP endpoint: it answered 200 \(application\/json\)/,
    ],
    [
      'headers without end',
      (_req, res) =>
        res.writeHead(200, { 'X-Long': 'x'.repeat(64 * 1024) }).end(),
      /^did not answer \(HPE_HEADER_OVERFLOW\)/,
    ],
    [
      'a fault',
      (_req, res) => res.writeHead(503).end(),
      /^is no MCP endpoint: it answered 503 \(no content type\)/,
    ],
    [
      'a stream of something else',
      (_req, res) => {
        res.writeHead(200, { 'Content-Type': 'text/event-stream' })
        res.write('data: {"price":1}\n\n')
      },
      /^is no MCP endpoint: it answered 200 \(text\/event-stream\)/,
    ],
  ]
  test.each(answers)('%s', async (_, answer, says) => {
    const { url, received } = await start(answer)
    const begin = Date.now()
    const options = { url, token: secret, timeoutMs: 400 }
    const { unreachable, open } = await detect(options)
    expect(unreachable).toMatch(says)
    expect(open).toBe(false)
    expect(Date.now() - begin).toBeLessThan(5000)
    // It was never told who we are.
    expect(JSON.stringify(received)).not.toContain(secret)
  })
})

describe('a server that lies', () => {
  const initialized = {
    jsonrpc: '2.0',
    id: 1,
    result: { protocolVersion: '2025-11-25' },
  }
  const say = (status: number, type: string, body: object) =>
    start((_req, res) =>
      res.writeHead(status, { 'Content-Type': type }).end(JSON.stringify(body)),
    )
  const whyOf = async (url: URL, id: string) => {
    const properties = catalogue.filter((property) => property.id === id)
    const { open, results } = await judgeAll(properties, { url })
    const [result] = results
    return { open, verdict: result?.verdict, why: result?.why }
  }

  test('a 401 that brings a result along is an open door', async () => {
    const { url } = await say(401, 'application/json', initialized)
    expect(await whyOf(url, 'bearer/missing-401-challenge')).toEqual({
      open: true,
      verdict: 'fails',
      why: expect.stringContaining('brings a result along'),
    })
  })

  test('a 200 that brings an error along is a refusal, and the wrong one', async () => {
    const error = { code: -32001, message: 'Unauthorized' }
    const { url } = await say(200, 'application/json', {
      jsonrpc: '2.0',
      id: 1,
      error,
    })
    expect(await whyOf(url, 'bearer/missing-401-challenge')).toEqual({
      open: false,
      verdict: 'fails',
      why: 'POST without a credential was answered 200, not 401.',
    })
  })

  test('a result under a wrong content type is a result', async () => {
    const { url } = await say(200, 'text/html', initialized)
    expect((await detect({ url })).open).toBe(true)
  })

  test('an inbox at another origin is sent nothing', async () => {
    const other = await start((_req, res) => res.end())
    const { url } = await start((req, res) => {
      if (req.method !== 'GET') return res.writeHead(405).end()
      res.writeHead(200, { 'Content-Type': 'text/event-stream' })
      res.write(`event: endpoint\ndata: ${other.url.href}\n\n`)
    })
    await detect({ url, token: secret })
    expect(other.received).toEqual([])
  })

  test('one that falls silent is not blamed for what was not asked', async () => {
    const answer = speak({ dialect: usualDialect, secret })
    let left = 12
    const stranger = await start((req, res) => {
      left -= 1
      if (left < 0) return req.socket.destroy()
      return answer(req, res)
    })
    const { results } = await judgeAll(asked, {
      url: stranger.url,
      token: secret,
    })
    const gone = results.filter(({ why }) => /stopped answering/.test(why))
    expect(gone.length).toBeGreaterThan(asked.length / 2)
  })
})

describe('what stands before a server', () => {
  test('a gateway gets its header, with every request', async () => {
    const gateway: [string, string] = [
      'X-Gateway',
      randomBytes(9).toString('hex'),
    ]
    const answer = speak({ dialect: usualDialect, secret, gateway })
    const { url, received } = await start(answer)
    const found = await judgeBriefly({ url, token: secret, headers: [gateway] })
    expect(found.fails).toEqual([])
    expect(received.every(({ headers }) => headers['x-gateway'])).toBe(true)
    expect(JSON.stringify(found.results)).not.toContain(gateway[1])
  })

  test('a slow server is judged as a quick one is', async () => {
    const answer = speak({ dialect: usualDialect, secret, delayMs: 25 })
    const { url } = await start(answer)
    expect((await judgeBriefly({ url, token: secret })).fails).toEqual([])
  })
})
