import { setTimeout } from 'node:timers/promises'
import type { Answer, Probe, Subject } from '../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../property.ts'
import { ask, enter, said, wrongSecret } from './ask/answer.ts'
import { headOf, sendUntilCut } from './ask/bytes.ts'
import { harmlessMessage } from './ask/effect.ts'
import { runTogether } from './ask/hold-process.ts'
import { after } from './ask/hold-tokens.ts'
import { foreignOrigins } from './ask/requests.ts'
import { asvsSections, practices, rfc, transports } from './sources.ts'

/** By what name, from which page and how slowly one may knock. */
export const edge: Property[] = [
  {
    id: 'transport/origin-foreign-403',
    claim: {
      en: 'a request from a web page that is not listed is answered 403, and one that names no Origin passes',
      ja: '一覧にないWebページからのリクエストには403を返し、Originのないリクエストは通す',
    },
    source: [transports('security-warning')],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: [],
    advice: {
      en: 'Compare a present `Origin` as a whole with a list (`origins.includes(origin)`), never by prefix, suffix or pattern; `null` is what any sandboxed page sends, so it is no exception.',
      ja: '`Origin`があれば、一覧のどれかと全体が一致するかを比べます（`origins.includes(origin)`）。前方一致や後方一致、正規表現では比べません。`null`はサンドボックス化されたページなら誰でも送れるので、例外にしません。',
    },
    async check(subject) {
      const { headers } = await enter(subject)
      for (const origin of foreignOrigins(subject)) {
        const answer = await ask(subject, {
          secret: subject.token,
          headers: [...headers, ['Origin', origin]],
          body: { jsonrpc: '2.0', id: 'guardcheck', method: 'ping' },
        })
        expect(
          answer.status === 403,
          `A request with Origin: ${origin} was answered ${said(answer)}.`,
        )
      }
    },
  },
  {
    id: 'transport/host-rebind-403',
    claim: {
      en: 'a request by a foreign host name is refused, before anyone asks who is calling',
      ja: '自分のものでないホスト名で届いたリクエストは、呼び出し元を確かめるより前に拒否される',
    },
    source: [
      transports('security-warning'),
      practices('local-mcp-server-compromise'),
      rfc(9112, '3.2.2'),
    ],
    owasp: ['MCP07', 'MCP09'],
    level: 'must',
    since: 3,
    needs: [],
    advice: {
      en: 'Compare the `Host` line as a whole with the name and port that clients use, above the guard, and answer `403`. Refuse a target that names a server (`GET http://…`) as well. What `X-Forwarded-Host` says is what anyone writes there: let the proxy keep `Host` instead.',
      ja: 'ガードより前で、`Host`行をクライアントが使う名前とポートに全体一致で比べ、違えば`403`を返します。サーバー名を含むリクエストターゲット（`GET http://…`）も拒否します。`X-Forwarded-Host`は誰でも書けるので、プロキシには`Host`をそのまま渡させます。',
    },
    async check(subject) {
      const { headers } = await enter(subject)
      const { host } = subject.url
      for (const [name, ...more] of foreignHosts(subject.url)) {
        const lines: Probe['headers'] = [...headers, ['Host', `${name}`]]
        for (const forged of more) lines.push(['X-Forwarded-Host', forged])
        const what = `Host: ${name}${more.length > 0 ? ` and X-Forwarded-Host: ${host}` : ''}`
        const body = { jsonrpc: '2.0', id: 'guardcheck', method: 'ping' }
        for (const secret of [subject.token, undefined]) {
          const answer = await ask(subject, { secret, headers: lines, body })
          expect(
            answer.status === 0 || answer.status >= 400,
            `A request with ${what} was answered ${said(answer)}.`,
          )
          const [challenge] = answer.header('www-authenticate')
          expect(
            challenge === undefined,
            `A request with ${what} was asked for a credential: ${challenge}.`,
          )
        }
      }
      // Of a target that names a server the Host line says nothing
      // (RFC 9112 §3.2.2).
      const { pathname, search, protocol } = subject.url
      for (const name of [
        'evil.example',
        `evil.example:1`,
        `${host}@evil.example`,
      ]) {
        const target = `${protocol}//${name}${pathname}${search}`
        const answer = await ask(subject, {
          target,
          secret: subject.token,
          headers,
        })
        expect(
          answer.status === 0 || answer.status >= 400,
          `A request for ${target} was answered ${said(answer)}, for its Host is right.`,
        )
      }
    },
  },
  {
    id: 'transport/host-line-strict',
    claim: {
      en: 'a request without a Host line, or with two, is refused',
      ja: 'Host行がないリクエストも、2行あるリクエストも拒否される',
    },
    source: [rfc(9112, '3.2')],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: [],
    advice: {
      en: 'Node refuses a missing `Host` and keeps the first of two: count them (`req.headersDistinct.host`) and answer `400`. A proxy that reads the other one would let a request past its own rules.',
      ja: 'Nodeは`Host`がなければ拒否しますが、2行あると最初の1行を使います。`req.headersDistinct.host`で数え、`400`を返します。もう一方を読むプロキシがあると、そのルールをすり抜けられます。',
    },
    async check(subject) {
      const { headers } = await enter(subject)
      const action = harmlessMessage(subject)
      const { body, headers: own } = subject.write(action, headers)
      const head = headOf(subject, [
        ...own,
        ['Content-Length', `${body.length}`],
        // Else each served request is waited for until it is left alone.
        ['Connection', 'close'],
      ])
      const knock = async (lines: string, late: string[] = []) => {
        const whole = head.replace(/^Host: .*\r\n/m, lines)
        const end = late.map((line) => `${line}\r\n`).join('')
        const bytes = `${whole.slice(0, -2)}${end}\r\n${body}`
        return (await sendUntilCut(subject, bytes)).status
      }
      const right = `Host: ${subject.url.host}\r\n`
      const other = 'Host: evil.example\r\n'
      const plain = await knock(right)
      if (plain !== 200) {
        throw new NotApplicable(
          `Bytes of our own were answered ${plain || 'nothing'}, with a Host as it should be.`,
        )
      }
      for (const [what, lines, late] of [
        ['no Host line', ''],
        ['a foreign Host line after the right one', right + other],
        ['a foreign Host line before the right one', other + right],
        ['the right Host line twice', right + right],
        [
          'a foreign Host line 2,000 lines after the right one',
          right,
          [...Array(2000).fill('a:'), 'Host: evil.example'],
        ],
      ] as [what: string, lines: string, late?: string[]][]) {
        const status = await knock(lines, late)
        expect(
          status === 0 || status >= 400,
          `A request with ${what} was answered ${status}.`,
        )
      }
    },
  },
  {
    id: 'transport/cors-allowlist-only',
    claim: {
      en: 'no page but a listed one may read an answer, and a listed one reads refusals too',
      ja: '一覧にあるWebページだけが応答を読め、そのページは拒否の応答も読める',
    },
    source: [
      'https://fetch.spec.whatwg.org/#http-cors-protocol',
      asvsSections.browserHeaders,
    ],
    owasp: ['MCP07', 'MCP10'],
    level: 'policy',
    since: 3,
    needs: [],
    advice: {
      en: 'Put CORS above the guard, with a list of origins: a preflight carries no token, and a browser hides a `401` without `Access-Control-Allow-Origin` from the page that needs its challenge. Expose `WWW-Authenticate` and `Mcp-Session-Id`.',
      ja: 'CORSはオリジンの一覧を渡し、ガードより前に置きます。プリフライトにトークンは付かず、`Access-Control-Allow-Origin`のない`401`は、そのチャレンジが要るページからも見えません。`WWW-Authenticate`と`Mcp-Session-Id`を公開します。',
    },
    async check(subject) {
      for (const origin of foreignOrigins(subject)) {
        for (const probe of [preflight, {}, { secret: subject.token }]) {
          const answer = await ask(subject, from(origin, probe))
          const [granted] = answer.header('access-control-allow-origin')
          expect(
            granted === undefined || (granted !== '*' && granted !== origin),
            `${origin} may read its ${said(answer)}: Access-Control-Allow-Origin: ${granted}.`,
          )
        }
      }
      const { origin, token: secret, effect, call: named } = subject
      if (!origin) {
        throw new NotApplicable(
          'A foreign page gets nothing. Whether a listed one gets what it needs: name its origin with --origin.',
        )
      }
      const asked = await ask(subject, from(origin, preflight))
      expect(
        asked.status >= 200 && asked.status <= 299,
        `A preflight of ${origin} was answered ${said(asked)}.`,
      )
      expectGranted(asked, origin)
      const list = asked.header('access-control-allow-headers').join()
      for (const name of ['authorization', 'content-type']) {
        expect(
          readList(list).includes(name),
          `A preflight of ${origin} does not allow the header ${name}.`,
        )
      }
      const probes: Probe[] = [
        {},
        { secret: wrongSecret },
        { secret },
        { secret, method: 'PUT' },
        { secret, body: '{' },
      ]
      // Nobody's tool is called like this, so none is called.
      const name = 'guardcheck-nothing-here'
      const params = { name, arguments: {} }
      const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
      if (effect ?? named) probes.push({ secret, body: call })
      for (const probe of probes) {
        const answer = await ask(subject, from(origin, probe))
        expectGranted(answer, origin)
        const exposed = readList(
          answer.header('access-control-expose-headers').join(),
        )
        for (const name of ['www-authenticate', 'mcp-session-id']) {
          expect(
            answer.header(name).length === 0 || exposed.includes(name),
            `${origin} may not read ${name} of its ${said(answer)}.`,
          )
        }
      }
    },
  },
  {
    id: 'transport/slow-client-cut',
    claim: {
      en: 'whoever sends a head or a body too slowly is cut off within 15 seconds, and others are served meanwhile',
      ja: 'ヘッダーやボディを少しずつ送り続ける接続は15秒以内に切られ、その間もほかの呼び出し元は応答を得る',
    },
    source: [
      'https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/',
      'https://nodejs.org/docs/latest-v20.x/api/http.html#serverrequesttimeout',
    ],
    owasp: ['MCP07'],
    level: 'policy',
    since: 3,
    needs: ['intrusive'],
    advice: {
      en: 'Give `createServer` a `headersTimeout` and a `requestTimeout` of about ten seconds, and a `connectionsCheckingInterval` of one: by default Node waits 60 and 300 seconds.',
      ja: '`createServer`に10秒程度の`headersTimeout`と`requestTimeout`、1秒の`connectionsCheckingInterval`を渡します。Nodeの既定では、それぞれ60秒と300秒待ちます。',
    },
    async check(subject) {
      const slow = slowClients(subject).map(async ([what, pieces]) => {
        const settings = { timeoutMs: slowMs }
        const { closed, ends } = await subject.sendRaw(pieces, settings)
        expect(
          closed || ends,
          `After ${slowMs / 1000} seconds it still listened to ${what}.`,
        )
      })
      const meanwhile = async () => {
        await setTimeout(1000)
        const { token: secret } = subject
        const answer = await subject.send({ secret })
        expect(
          answer.status > 0,
          `Beside ${slow.length} slow clients nobody else was answered.`,
        )
      }
      await runTogether([...slow, meanwhile()])
    },
  },
]

/** Milliseconds that a slow client may be listened to. */
const slowMs = 15_000

/** Names that are not the server's own; the second one is sent beside it. */
function foreignHosts({ host, hostname, port }: URL): string[][] {
  const suffix = port ? `:${port}` : ''
  return [
    [`evil.example${suffix}`],
    [`${hostname.replace(/[[\]:]/g, '')}.evil.example${suffix}`],
    [`evil.example${suffix}`, host],
  ]
}

/** What a browser asks before it sends a token across origins. */
const preflight: Probe = {
  method: 'OPTIONS',
  headers: [
    ['Access-Control-Request-Method', 'POST'],
    ['Access-Control-Request-Headers', 'authorization,content-type'],
  ],
}

/** A request as it comes from a page of this origin. */
function from(origin: string, probe: Probe): Probe {
  const headers: Probe['headers'] = [
    ...(probe.headers ?? []),
    ['Origin', origin],
  ]
  return { ...probe, headers }
}

/** Asserts that a page may read an answer, and no shared cache mixes it up. */
function expectGranted(answer: Answer, origin: string): void {
  const granted = answer.header('access-control-allow-origin').join()
  expect(
    granted === origin,
    `${origin} may not read the ${said(answer)}: ${granted ? `it is for ${granted}` : 'no Access-Control-Allow-Origin'}.`,
  )
  const varies = readList(answer.header('vary').join())
  expect(
    varies.includes('origin'),
    `The ${said(answer)} for ${origin} does not say Vary: Origin.`,
  )
}

const readList = (text: string) =>
  text.split(',').map((item) => item.trim().toLowerCase())

/** Clients that never come to an end, by what they do. */
function slowClients(subject: Subject) {
  const line: [string, string] = ['Content-Length', '1000']
  const head = headOf(subject, [line])
  const clients: [what: string, pieces: AsyncIterable<string>][] = [
    ['a client that says nothing', trickle('', '')],
    ['a head that comes byte by byte', trickle('', head)],
    ['a body that never comes', trickle(head, '')],
    ['a body that comes byte by byte', trickle(head, ' '.repeat(1000))],
  ]
  return clients
}

/** Says the first part at once, and of the second a character a second. */
async function* trickle(first: string, second: string) {
  if (first) yield first
  const end = after(slowMs)
  for (const character of second) {
    await setTimeout(1000)
    if (new Date() > end) return
    yield character
  }
}
