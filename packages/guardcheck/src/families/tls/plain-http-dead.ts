import { createSubject, type Subject } from '../../probe/subject.ts'
import { listListeners } from '../../process/listeners.ts'
import { expect, type Property } from '../../property.ts'
import { isServed, requireTls, said, wrongSecret } from '../ask/answer.ts'
import { headOf, sendUntilCut } from '../ask/bytes.ts'
import { withAnother } from '../ask/hold-process.ts'
import { asvsSections, authorization, oauth21 } from '../sources.ts'

export const plainHttpDead: Property = {
  id: 'tls/plain-http-dead',
  claim: {
    en: 'nothing is served without TLS, not even a redirect that a credential could ride',
    ja: 'TLSなしでは何も応じず、資格情報を載せたまま従えるリダイレクトも返さない',
  },
  source: [
    oauth21('1.5'),
    authorization('communication-security'),
    asvsSections.webServices,
    asvsSections.https,
  ],
  owasp: ['MCP01', 'MCP07'],
  level: 'must',
  since: 3,
  needs: [],
  advice: {
    en: 'Open no plain HTTP port for the endpoint. A redirect hides that the first request, token and all, went over the wire unencrypted: answer `403` there, or nothing. Behind a proxy that ends TLS, refuse what it does not say came over `https`.',
    ja: 'エンドポイントのために平文HTTPのポートを開きません。リダイレクトすると、トークン付きの最初のリクエストが平文で流れたことに誰も気付きません。平文側では`403`を返すか、応答しません。TLSを終端するプロキシの後ろでは、`https`で届いたとプロキシが伝えていないリクエストを断ります。',
  },
  async check(subject) {
    await requireTls(subject)
    for (const door of await listPlainDoors(subject)) {
      await expectDead(subject, door)
    }
    await expectPlainOriginRefused(subject)
  },
}

/** Milliseconds that a port has to say something without TLS. */
const plainPatienceMs = 3000

/**
 * Where the server might answer without TLS: its own port, port 80 beside
 * 443, and every port on which a process that we hold listens.
 */
async function listPlainDoors({ url, process: started }: Subject) {
  const port = Number(url.port || 443)
  const listeners =
    started && process.platform === 'linux'
      ? await listListeners(started.pid)
      : []
  const ports = new Set([port, ...(port === 443 ? [80] : [])])
  for (const listener of listeners) ports.add(listener.port)
  return [...ports].map((number) => {
    const door = new URL(url)
    door.protocol = 'http:'
    door.port = `${number}`
    return door
  })
}

/** Asserts that no credential is taken, and none sent on, without TLS. */
async function expectDead(subject: Subject, door: URL): Promise<void> {
  const { url, process: started, token } = subject
  const loopback = /^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname)
  // What is secret must not go over a wire for this.
  const secret = started && loopback && token ? token : wrongSecret
  const plain = { ...subject, url: door, headers: [] }
  const endpoint = url.pathname + url.search
  for (const target of [endpoint, '/authorize', '/token']) {
    const head = headOf(plain, [['Content-Length', '2']], { target, secret })
    const settings = { url: door, timeoutMs: plainPatienceMs }
    const exchange = await sendUntilCut(subject, `${head}{}`, settings)
    const { status, received } = exchange
    if (status === 0) return
    const answered = `Port ${door.port || 80}, without TLS, answered ${status} to ${target}`
    expect(
      status < 300 || status > 399,
      `${answered}: a client follows, and its token went unencrypted.`,
    )
    // A service of its own that listens there does not know the token.
    const guarded = secret === token ? speaks(received) : challenges(received)
    expect(
      target !== endpoint || !guarded,
      `${answered}: it reads credentials there.`,
    )
  }
}

/** Asserts that a proxy does not bring in what came to it without TLS. */
async function expectPlainOriginRefused(subject: Subject): Promise<void> {
  const { proxied, token: secret } = subject
  if (!proxied || secret === undefined) return
  await withAnother(subject, proxied, async (another) => {
    expect('started' in another, 'It did not start behind a proxy.')
    const { url: named } = another.started
    const url = new URL(named)
    url.protocol = 'http:'
    const server = createSubject({ ...subject, url })
    const forwarded = async (...schemes: string[]) => {
      const headers = schemes.map((it): [string, string] => [
        'X-Forwarded-Proto',
        it,
      ])
      headers.push(['Host', named.host], ['X-Forwarded-For', '203.0.113.7'])
      const answer = await server.send({ secret, headers })
      const last = server.evidence.at(-1)
      if (last) subject.record(last.sent, last.received)
      return answer
    }
    const secure = await forwarded('https')
    expect(
      isServed(secure),
      `What a proxy of its own says came over https is answered ${said(secure)}.`,
    )
    for (const schemes of [
      [],
      ['http'],
      ['HTTP'],
      ['ws'],
      ['httpsx'],
      [''],
      // A proxy that adds its word to what came leaves the client the first.
      ['https, http'],
      ['https,HTTP'],
      ['https', 'http'],
      ['http, https'],
    ]) {
      const answer = await forwarded(...schemes)
      expect(
        answer.status >= 400 && answer.status < 500 && answer.status !== 401,
        `What came to its proxy ${schemes[0] ? `over ${schemes.join(' and ')}` : 'by who knows what scheme'} is answered ${said(answer)}: a token that travels in the clear is taken.`,
      )
    }
  })
}

const speaks = (received: string) => /"jsonrpc" *: *"2\.0"/.test(received)

const challenges = (received: string) =>
  speaks(received) || /^www-authenticate: *bearer\b/im.test(received)
