import { randomBytes } from 'node:crypto'
import type { Probe } from '../../../probe/request.ts'
import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { ask, guardedToken, isServed, said } from '../../ask/answer.ts'
import { headOf, isWhole } from '../../ask/bytes.ts'
import { actionMessage, expectNoEffect } from '../../ask/effect.ts'
import { keepAlive } from '../../ask/requests.ts'
import { authorization, oauth21 } from '../../sources.ts'

export const noSideDoor: Property = {
  id: 'bearer/no-side-door',
  claim: {
    en: 'nothing that a caller says of itself opens the door, and no token in another place',
    ja: '呼び出し元が自分について何を述べても、トークンをほかの場所に入れても、扉は開かない',
  },
  source: [authorization('token-requirements'), oauth21('5.1')],
  owasp: ['MCP07'],
  level: 'must',
  since: 1,
  needs: [],
  advice: {
    en: 'Let the guard look at `Authorization` and at nothing else: addresses, host names, forwarded users, paths and methods are what a caller writes there. A proxy that vouches for callers gets a token of its own.',
    ja: 'ガードは`Authorization`だけを見ます。アドレス、ホスト名、転送されたユーザー名、パス、メソッドは、どれも呼び出し元が書けるものです。呼び出し元を保証するプロキシには、専用のトークンを渡します。',
  },
  check: opensNoSideDoor,
}

type Way = [name: string, probe: Probe]

/** Nothing but the Authorization header opens the door. */
async function opensNoSideDoor(subject: Subject): Promise<void> {
  const front = await ask(subject)
  expect(
    !isServed(front),
    `The endpoint answers ${said(front)} without a credential.`,
  )
  const token = subject.token && (await guardedToken(subject))
  const ways = [...waysToBeSomebody(subject), ...methods]
  if (token) ways.push(...carriersOf(subject, token))
  const agent = keepAlive(subject)
  await expectNoEffect(subject, async () => {
    for (const [name, probe] of ways) {
      await expectRefused(subject, name, { ...probe, agent })
      if (!subject.effect || probe.body !== undefined) continue
      const body = actionMessage(subject)
      await expectRefused(subject, name, { ...probe, body, agent })
    }
    agent.destroy()
    for (const [name, bytes] of rawWays(subject, token)) {
      const { status, received } = await subject.sendRaw(bytes, {
        until: (text) => isWhole(text) || /^HTTP\/1\.1 101/.test(text),
        timeoutMs: 2000,
      })
      expect(
        status === 0 || status >= 300,
        `${name} was answered ${status} without a credential.`,
      )
      expect(
        !/"result"\s*:/.test(received),
        `${name} was served without a credential (${status}).`,
      )
    }
  })
}

async function expectRefused(
  subject: Subject,
  name: string,
  probe: Probe,
): Promise<void> {
  const { agent, ...alone } = probe
  const kept = await ask(subject, probe)
  // On a connection that was about to end nothing was asked.
  const answer = kept.status === 0 ? await ask(subject, alone) : kept
  expect(!isServed(answer), `With ${name} a request was served.`)
  const { status } = answer
  // Methods that promise no answer give none away.
  const silent = /^(OPTIONS|HEAD)$/.test(probe.method ?? 'POST')
  expect(
    silent || status === 0 || status >= 300,
    `With ${name} a request was answered ${said(answer)}, not 401.`,
  )
}

/** A header line, and the values that it is sent with. */
type Line = [name: string, ...values: string[]]

/** What somebody who stands near the server would say. */
function waysToBeSomebody({ url, origin }: Subject): Way[] {
  const { port, origin: own } = url
  const near = port ? [`localhost:${port}`, `127.0.0.1:${port}`] : []
  const places: Line[] = [
    ['X-Forwarded-Host', 'localhost', url.host],
    ['Host', 'localhost', '127.0.0.1', '[::1]', ...near],
    ['Referer', `${own}/`, 'http://localhost/'],
    ['Origin', own, 'http://localhost', ...(origin ? [origin] : [])],
  ]
  return [...proxyLines, ...places, ...clientLines].flatMap(
    ([name, ...values]) =>
      values.map(
        (value): Way => [`${name}: ${value}`, { headers: [[name, value]] }],
      ),
  )
}

/** What a proxy would say of a caller. */
const proxyLines: Line[] = [
  ...[
    'X-Forwarded-For',
    'X-Real-IP',
    'Client-IP',
    'X-Client-IP',
    'True-Client-IP',
    'CF-Connecting-IP',
    'X-Cluster-Client-IP',
    'X-Originating-IP',
    'X-Remote-IP',
    'X-Remote-Addr',
  ].map((name): Line => [name, '127.0.0.1']),
  ['X-Forwarded-For', '::1', '10.0.0.1'],
  ['Forwarded', 'for=127.0.0.1;proto=https;host=localhost'],
  ['X-Forwarded-Proto', 'https', 'http'],
  ['X-Forwarded-Port', '443'],
  ['X-Forwarded-Server', 'localhost'],
  ...[
    'X-Forwarded-User',
    'X-Forwarded-Email',
    'X-Forwarded-Preferred-Username',
    'X-Remote-User',
    'Remote-User',
    'X-Authenticated-User',
    'X-Authenticated-Userid',
    'X-Auth-Request-User',
    'X-Auth-Request-Email',
    'X-WebAuth-User',
    'X-Consumer-Username',
    'X-User',
    'X-User-Id',
    'X-Username',
    'X-Principal',
    'X-Goog-Authenticated-User-Email',
    'Cf-Access-Authenticated-User-Email',
    'X-Amzn-Oidc-Identity',
    'X-MS-Client-Principal-Name',
    'X-Client-Id',
    'X-Tenant-Id',
  ].map((name): Line => [name, 'admin']),
  ...['X-Role', 'X-User-Role', 'X-Scope', 'X-Groups'].map(
    (name): Line => [name, 'admin'],
  ),
  ...[
    'X-Admin',
    'X-Internal',
    'X-Internal-Request',
    'X-Trusted',
    'X-Debug',
    'X-Test',
    'X-Bypass',
    'X-Skip-Auth',
    'X-No-Auth',
    'X-Authenticated',
    'X-Health-Check',
  ].flatMap((name): Line[] => [
    [name, 'true'],
    [name, '1'],
  ]),
  ['X-SSL-Client-Verify', 'SUCCESS'],
  ['X-Client-Verify', 'SUCCESS'],
  ['SSL-Client-S-DN', 'CN=admin'],
  ['X-Forwarded-Client-Cert', 'Subject="CN=admin"'],
  ...['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Uri'].map(
    (name): Line => [name, '/healthz', '/'],
  ),
  ['X-Original-Method', 'OPTIONS'],
  ['X-Forwarded-Prefix', '/public'],
  ...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'].map(
    (name): Line => [name, 'OPTIONS', 'GET', 'HEAD'],
  ),
  ['Access-Control-Request-Method', 'POST'],
]

/** What a caller would say of itself. */
const clientLines: Line[] = [
  ['Sec-Fetch-Site', 'same-origin'],
  ['X-Requested-With', 'XMLHttpRequest'],
  ['Via', '1.1 localhost'],
  [
    'User-Agent',
    'kube-probe/1.34',
    'ELB-HealthChecker/2.0',
    'GoogleHC/1.0',
    'Prometheus/3.0',
    'curl/8.14.1',
    'Googlebot/2.1',
    'node',
    'guardcheck',
  ],
  [
    'Accept',
    '*/*',
    'application/json',
    'text/event-stream',
    'text/html',
    'text/plain',
  ],
  [
    'MCP-Protocol-Version',
    '2026-07-28',
    '2025-11-25',
    '2025-03-26',
    '2024-11-05',
    'guardcheck',
  ],
  ['Mcp-Method', 'initialize', 'ping', 'tools/list', 'server/discover'],
  ['Mcp-Name', 'guardcheck'],
  ['Authorization', 'Basic Og==', 'Negotiate', 'None', 'Anonymous', 'Guest'],
]

/** Other methods with a message that only POST is to bring. */
const methods: Way[] = [
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'PATCH',
  'DELETE',
  'QUERY',
  'PROPFIND',
].map((method): Way => [`the method ${method}`, { method }])

/** Names that people give to a token. */
const names = [
  'access_token',
  'token',
  'api_key',
  'apikey',
  'api-key',
  'key',
  'auth',
  'authorization',
  'auth_token',
  'bearer',
  'bearer_token',
  'jwt',
  'id_token',
  'session',
  'session_id',
  'sid',
  'secret',
  'mcp_token',
]

/** Header lines that people carry a token in. */
const carriers = [
  'X-API-Key',
  'API-Key',
  'ApiKey',
  'X-API-Token',
  'X-Auth-Token',
  'X-Access-Token',
  'Access-Token',
  'X-Token',
  'Token',
  'X-Auth',
  'X-Auth-Key',
  'X-Authorization',
  'Authentication',
  'X-Bearer-Token',
  'X-Session-Token',
  'X-Forwarded-Authorization',
  'X-Original-Authorization',
  'X-Forwarded-Access-Token',
  'X-Id-Token',
  'X-Amz-Security-Token',
  'X-Amzn-Oidc-Data',
  'X-Goog-Iap-Jwt-Assertion',
  'X-Functions-Key',
  'Ocp-Apim-Subscription-Key',
  'Private-Token',
  'X-CSRF-Token',
  'X-MCP-Token',
  'X-MCP-Key',
  'X-MCP-Authorization',
  'MCP-Token',
  'Mcp-Session-Id',
  'Last-Event-ID',
  'Proxy-Authorization',
  'Sec-WebSocket-Protocol',
]

/** The valid token wherever it does not belong. */
function carriersOf(subject: Subject, token: string): Way[] {
  const { pathname, search } = subject.url
  const all = (between: string) =>
    names.map((name) => `${name}=${encodeURIComponent(token)}`).join(between)
  const basic = (text: string): Probe => {
    subject.hide(text)
    const value = Buffer.from(text).toString('base64')
    return { headers: [['Authorization', `Basic ${value}`]] }
  }
  const fields = Object.fromEntries(names.map((name) => [name, token]))
  const { body } = subject.write()
  const message = JSON.parse(body)
  const params = { ...Object(message.params), ...fields }
  params._meta = { ...Object(params._meta), ...fields }
  return [
    ...carriers.flatMap((name): Way[] => [
      [`a valid token in ${name}`, { headers: [[name, token]] }],
      [
        `“Bearer” and a valid token in ${name}`,
        { headers: [[name, `Bearer ${token}`]] },
      ],
    ]),
    ['a valid token in cookies', { headers: [['Cookie', all('; ')]] }],
    [
      'a valid token in the URL',
      { target: `${pathname}${search ? `${search}&` : '?'}${all('&')}` },
    ],
    ['a valid token in the path', { target: `${pathname}/${token}` }],
    [
      'a valid token in fields of the message',
      { body: JSON.stringify({ ...message, ...fields, params }) },
    ],
    [
      'a valid token in a form',
      {
        headers: [['Content-Type', 'application/x-www-form-urlencoded']],
        body: all('&'),
      },
    ],
    ['a valid token as a Basic user', basic(`${token}:`)],
    ['a valid token as a Basic password', basic(`:${token}`)],
    ['a valid token as Basic user and password', basic(`${token}:${token}`)],
    ...['Basic', 'Token', 'ApiKey', 'JWT', 'OAuth', 'DPoP', 'Digest'].map(
      (scheme): Way => [
        `a valid token under the scheme ${scheme}`,
        { headers: [['Authorization', `${scheme} ${token}`]] },
      ],
    ),
  ]
}

/** What no HTTP client says for us. */
function rawWays(subject: Subject, token: string | undefined) {
  const { body, headers } = subject.write()
  const length: [string, string] = ['Content-Length', `${body.length}`]
  const post = headOf(subject, [...headers, length], { secret: null }) + body
  const nonce = randomBytes(16).toString('base64')
  const upgrade = (to: string, lines: [string, string][] = []) =>
    headOf(subject, [['Connection', 'Upgrade'], ['Upgrade', to], ...lines], {
      method: 'GET',
      secret: null,
    })
  const socket: [string, string][] = [
    ['Sec-WebSocket-Key', nonce],
    ['Sec-WebSocket-Version', '13'],
  ]
  const protocol = (value: string): [string, string][] => [
    ...socket,
    ['Sec-WebSocket-Protocol', value],
  ]
  const ways: [name: string, bytes: string][] = [
    ['A request of HTTP/1.0', post.replace(' HTTP/1.1\r\n', ' HTTP/1.0\r\n')],
    ['A method in lower case', post.replace(/^POST/, 'post')],
    ['An upgrade to WebSocket', upgrade('websocket', socket)],
    ['An upgrade to HTTP/2', upgrade('h2c', [['HTTP2-Settings', 'AAMAAABk']])],
  ]
  if (token) {
    for (const value of [`bearer, ${token}`, token, `mcp, bearer.${token}`]) {
      const name = 'A valid token in an upgrade to WebSocket'
      ways.push([name, upgrade('websocket', protocol(value))])
    }
  }
  return ways
}
