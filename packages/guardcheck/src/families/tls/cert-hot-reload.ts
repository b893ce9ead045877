import { Agent } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { shakeHands } from '../../probe/handshake.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { isServed, requireTls } from '../ask/answer.ts'
import { after, noticeMs } from '../ask/hold-tokens.ts'

export const certHotReload: Property = {
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
}

/** Milliseconds in which a server that noticed a bad pair would have taken it. */
const badPairMs = 1200

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
