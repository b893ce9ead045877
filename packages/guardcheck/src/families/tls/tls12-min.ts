import { oldVersions, takesVersion } from '../../probe/handshake.ts'
import { expect, type Property } from '../../property.ts'
import { requireTls } from '../ask/answer.ts'
import { rfc } from '../sources.ts'

export const tls12Min: Property = {
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
}
