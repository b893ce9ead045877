import type { Probe } from '../../../probe/request.ts'
import type { Subject } from '../../../probe/subject.ts'
import type { Property } from '../../../property.ts'
import { expectIgnored } from '../../ask/alike.ts'
import { guardedToken } from '../../ask/answer.ts'
import { oauth21 } from '../../sources.ts'

export const altCarriersIgnored: Property = {
  id: 'bearer/alt-carriers-ignored',
  claim: {
    en: 'a token in a form, a cookie, another header or another scheme makes no difference',
    ja: 'フォーム、Cookie、ほかのヘッダー、ほかのスキームで届いたトークンは何の効果も持たない',
  },
  source: [oauth21('5.1.2'), oauth21('7.1.3.4')],
  owasp: ['MCP07'],
  level: 'policy',
  since: 1,
  needs: ['token'],
  advice: {
    en: 'Keep to one carrier, `Authorization: Bearer`: a browser sends cookies by itself, and every further carrier is one more thing to log, cache and forget.',
    ja: '受け取り口を`Authorization: Bearer`の1つに絞ります。Cookieはブラウザーが勝手に送りますし、受け取り口が増えるほど、ログやキャッシュへの漏れも増えます。',
  },
  check: ignoresOtherCarriers,
}

/** A token anywhere but in Authorization: Bearer makes no difference. */
async function ignoresOtherCarriers(subject: Subject): Promise<void> {
  const token = await guardedToken(subject)
  const header = (name: string, value: string): Probe => ({
    headers: [[name, value]],
  })
  const basic = (text: string) => {
    subject.hide(text)
    const value = Buffer.from(text).toString('base64')
    return header('Authorization', `Basic ${value}`)
  }
  const carriers: [name: string, carry: (secret: string) => Probe][] = [
    [
      'access_token in a form',
      (secret) => ({
        ...header('Content-Type', 'application/x-www-form-urlencoded'),
        body: `access_token=${encodeURIComponent(secret)}`,
      }),
    ],
    [
      'a cookie',
      (secret) => header('Cookie', `access_token=${secret}; token=${secret}`),
    ],
    ['X-API-Key', (secret) => header('X-API-Key', secret)],
    ['X-Auth-Token', (secret) => header('X-Auth-Token', secret)],
    ['X-Access-Token', (secret) => header('X-Access-Token', secret)],
    [
      'Proxy-Authorization',
      (secret) => header('Proxy-Authorization', `Bearer ${secret}`),
    ],
    [
      'Mcp-Session-Id',
      (secret) => ({
        ...header('Mcp-Session-Id', secret),
        body: { jsonrpc: '2.0', id: 1, method: 'ping' },
      }),
    ],
    ['a Basic password', (secret) => basic(`user:${secret}`)],
    ['a Basic user name', (secret) => basic(`${secret}:`)],
    [
      'the scheme Token',
      (secret) => header('Authorization', `Token ${secret}`),
    ],
    [
      'the scheme Basic',
      (secret) => header('Authorization', `Basic ${secret}`),
    ],
    ['Authorization without a scheme', (s) => header('Authorization', s)],
  ]
  for (const [name, carry] of carriers) {
    await expectIgnored(subject, token, name, carry)
  }
}
