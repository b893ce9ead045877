import type { Answer } from '../../../probe/answer.ts'
import type { Probe } from '../../../probe/request.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import { ask, said, wrongSecret } from '../../ask/answer.ts'
import { foreignOrigins } from '../../ask/requests.ts'
import { asvsSections } from '../../sources.ts'

export const corsAllowlistOnly: Property = {
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
