import type { Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import { openRegistering, openTrusted } from '../ask/hold-issuer.ts'
import { draft, rfc } from '../sources.ts'

export const dcrHygiene: Property = {
  id: 'issuer/dcr-hygiene',
  claim: {
    en: 'clients register themselves only where that is switched on, and then within bounds',
    ja: 'クライアントの自己登録は有効にしたときだけ受け付けられ、そのときも限度がある',
  },
  source: [
    rfc(7591, '5'),
    draft('/client-registration#dynamic-client-registration'),
  ],
  owasp: ['MCP07'],
  level: 'should',
  since: 3,
  needs: ['issuer'],
  slow: true,
  advice: {
    en: 'Leave registration off unless a client needs it; throttle it, bound what is stored, drop unknown fields, and escape the name wherever it is shown.',
    ja: '必要とするクライアントがなければ、登録は無効のままにします。有効にするなら回数と保存量を制限し、知らない項目は捨て、名前は表示のたびにエスケープします。',
  },
  check: limitsRegistration,
}

/** Registrations that one address may try before it must have been slowed. */
const patience = 60

async function limitsRegistration(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const { origin } = new URL(authority.hold.issuer)
  if (!authority.metadata.registration_endpoint) {
    for (const path of ['/register', '/reg', '/registration']) {
      const { status } = await authority.post(`${origin}${path}`, {})
      expect(
        status === 404 || status === 405,
        `Registration is not announced, and POST ${path} was answered ${status}.`,
      )
    }
  }
  const registering = await openRegistering(authority, subject)
  try {
    const name = '<script>alert("guardcheck")</script>'
    const { status, body } = await registering.register({
      client_name: name,
      redirect_uris: [authority.hold.redirectUri],
      guardcheck_unknown: 'kept',
    })
    expect(status === 201, `A registration was answered ${status}.`)
    expect(
      !('guardcheck_unknown' in body),
      'A field that nobody knows is kept.',
    )
    const client_id = `${body.client_id}`
    const page = await registering.authority.open({ client_id })
    expect(
      page.status === 200 && !page.body.includes(name),
      'The name of a client stands in a page as it was sent.',
    )
    let refused = 0
    for (let tries = 0; tries < patience && refused === 0; tries += 1) {
      const next = await registering.register({
        redirect_uris: ['https://client.example/callback'],
      })
      if (next.status === 429) refused += 1
    }
    expect(refused > 0, `${patience} registrations in a row were all taken.`)
  } finally {
    await registering.stop()
  }
}
