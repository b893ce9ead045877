import { Agent } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { oldVersions, shakeHands, takesVersion } from '../probe/handshake.ts'
import { createSubject, type Subject } from '../probe/subject.ts'
import { listListeners } from '../process/listeners.ts'
import { expect, NotApplicable, type Property } from '../property.ts'
import { isServed, said, wrongSecret } from './ask/answer.ts'
import { headOf, sendUntilCut } from './ask/bytes.ts'
import { withAnother } from './ask/hold-process.ts'
import { after, noticeMs } from './ask/hold-tokens.ts'
import { requireTls } from './ask/tls.ts'
import { asvsSections, authorization, oauth21, rfc } from './sources.ts'

/** What nobody on the way can read, change or talk the client out of. */
export const tls: Property[] = [
  {
    id: 'tls/tls12-min',
    claim: {
      en: 'no connection comes about that is older than TLS 1.2',
      ja: 'TLS 1.2より古いバージョンでは接続が成立しない',
    },
    source: [rfc(8996, '4'), rfc(8996, '5'), rfc(9325, '3.1.1')],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: [],
    advice: {
      en: "Set `minVersion: 'TLSv1.2'`, and never lower OpenSSL's security level (`@SECLEVEL=0`) for the sake of an old client.",
      ja: "`minVersion: 'TLSv1.2'`を指定します。古いクライアントのために、OpenSSLのセキュリティレベルを下げて（`@SECLEVEL=0`）はいけません。",
    },
    async check(subject) {
      const { protocol = '' } = await requireTls(subject)
      expect(
        ['TLSv1.2', 'TLSv1.3'].includes(protocol),
        `With a client of today it agreed on ${protocol}.`,
      )
      for (const [name, minor] of oldVersions) {
        const taken = await takesVersion(subject.url, minor)
        subject.record(
          `ClientHello, nothing newer than ${name}`,
          taken ? 'ServerHello' : 'refused',
        )
        expect(!taken, `It goes on with a client that speaks ${name} only.`)
      }
    },
  },
  {
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
  },
  {
    id: 'tls/hsts',
    claim: {
      en: 'every answer over HTTPS tells browsers to stay on HTTPS for a year',
      ja: 'HTTPSの応答はどれも、1年間HTTPSだけを使うようブラウザーに伝える',
    },
    source: [rfc(6797, '7.1'), asvsSections.browserHeaders],
    owasp: ['MCP07'],
    level: 'should',
    since: 3,
    needs: [],
    advice: {
      en: 'Set `Strict-Transport-Security: max-age=31536000` before every route and before the guard, so that refusals carry it too; never over plain HTTP.',
      ja: '`Strict-Transport-Security: max-age=31536000`を、どのルートよりも、ガードよりも前で設定し、拒否の応答にも付けます。平文HTTPでは付けません。',
    },
    async check(subject) {
      await requireTls(subject)
      const { url, token: secret } = subject
      const probes = [
        {},
        { secret: wrongSecret },
        { secret },
        { method: 'GET', secret },
        { method: 'GET', target: `${url.pathname}/guardcheck-nothing-here` },
        { method: 'GET', target: '/guardcheck-nothing-here' },
      ]
      const year = 365 * 24 * 60 * 60
      for (const probe of probes) {
        const answer = await subject.send(probe)
        const [policy, ...others] = answer.header('strict-transport-security')
        const what = `The answer ${said(answer)} to ${probe.method ?? 'POST'}`
        if (!policy && url.hostname === 'localhost') {
          throw new NotApplicable(
            'For the name localhost it would bind every other server there: ask by another name.',
          )
        }
        expect(
          policy !== undefined && others.length === 0,
          `${what} has ${policy ? 'several' : 'no'} Strict-Transport-Security.`,
        )
        const age = /(?:^|;)\s*max-age\s*=\s*"?(\d+)"?/i.exec(policy)?.[1]
        expect(
          Number(age) >= year,
          `${what} binds browsers for ${age ?? 'no'} seconds: ${policy}.`,
        )
      }
    },
  },
  {
    id: 'tls/cert-hot-reload',
    claim: {
      en: 'a new certificate is presented without a restart, and a bad pair of files changes nothing',
      ja: '新しい証明書は再起動なしに使われ、鍵と証明書が食い違うファイルは何も変えない',
    },
    source: [],
    owasp: ['MCP07'],
    level: 'policy',
    since: 3,
    needs: [],
    advice: {
      en: 'Watch both files and call `server.setSecureContext` with a pair that you tried before (`createSecureContext`, and `X509Certificate.checkPrivateKey`); keep the last good one. Certificates live ever shorter: whoever must restart forgets to.',
      ja: '両方のファイルを監視し、先に試した組（`createSecureContext`と`X509Certificate.checkPrivateKey`）だけを`server.setSecureContext`に渡し、だめなら直前の組を使い続けます。証明書の有効期間は短くなる一方で、再起動が要るなら必ず忘れます。',
    },
    async check(subject) {
      await requireTls(subject)
      const { certificate } = subject
      if (!certificate) {
        throw new NotApplicable(
          "It needs a hold on the server's certificate: its files, and another pair to put there.",
        )
      }
      const { pair, other } = certificate
      await certificate.replace(pair)
      const { fingerprint } = await presents(subject)
      const line = holdLine(subject)
      try {
        const before = await line.ask()
        await certificate.replace(other)
        const isNew = (now: string) => now !== '' && now !== fingerprint
        expect(
          await becomes(subject, isNew),
          'Two seconds after its files changed it presented the old certificate.',
        )
        const { fingerprint: renewed } = await presents(subject)
        if (before.kept) {
          expect(
            (await line.ask()).kept,
            'The new certificate cut a connection that was open.',
          )
        }
        for (const [what, bad] of [
          ['a key of another certificate', { ...other, key: pair.key }],
          ['an empty key', { ...other, key: '' }],
          ['an empty certificate', { ...other, cert: '' }],
        ] as const) {
          await certificate.replace(bad)
          // As long as it takes to notice, and twice what it should take.
          await setTimeout(badPairMs)
          const { fingerprint: now, failure } = await presents(subject)
          expect(
            now !== '',
            `With ${what} in its files it shook hands with nobody (${failure}).`,
          )
          expect(
            now === renewed,
            `With ${what} in its files it presented another certificate.`,
          )
        }
        await certificate.replace(pair)
        expect(
          await becomes(subject, (now) => now === fingerprint),
          'After a bad pair it took no good one any more.',
        )
      } finally {
        line.end()
        await certificate.replace(pair)
        // Whoever comes next trusts that one.
        await becomes(subject, (now) => now === fingerprint)
      }
    },
  },
]

/** Milliseconds that a port has to say something without TLS. */
const plainPatienceMs = 3000

/** Milliseconds in which a server that noticed a bad pair would have taken it. */
const badPairMs = 1200

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

/** What certificate is presented now; no fingerprint when none is. */
async function presents(subject: Subject) {
  const { certificate, failure = '' } = await shakeHands(subject.url)
  const fingerprint = certificate?.fingerprint256 ?? ''
  subject.record('ClientHello', fingerprint || failure)
  return { fingerprint, failure }
}

/** Whether such a certificate is presented before long. */
async function becomes(
  subject: Subject,
  isRight: (fingerprint: string) => boolean,
): Promise<boolean> {
  const end = after(noticeMs)
  for (;;) {
    const { fingerprint } = await presents(subject)
    if (isRight(fingerprint)) return true
    if (new Date() > end) return false
    await setTimeout(50)
  }
}

/** One connection that is kept, and whether it still is. */
function holdLine(subject: Subject) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const lines = new Set<object>()
  agent.on('free', (socket) => lines.add(socket))
  return {
    async ask() {
      const { token: secret } = subject
      const answer = await subject.send({ secret, agent })
      const first = lines.size
      await subject.send({ secret, agent })
      return { kept: isServed(answer) && first === 1 && lines.size === 1 }
    },
    end: () => agent.destroy(),
  }
}
