import { expect, NotApplicable, type Property } from '../../property.ts'
import { requireTls, said, wrongSecret } from '../ask/answer.ts'
import { asvsSections, rfc } from '../sources.ts'

export const hsts: Property = {
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
}
