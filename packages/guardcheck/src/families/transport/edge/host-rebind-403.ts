import type { Probe } from '../../../probe/request.ts'
import { expect, type Property } from '../../../property.ts'
import { ask, enter, said } from '../../ask/answer.ts'
import { practices, rfc, transports } from '../../sources.ts'

export const hostRebind403: Property = {
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
}

/** Names that are not the server's own; the second one is sent beside it. */
function foreignHosts({ host, hostname, port }: URL): string[][] {
  const suffix = port ? `:${port}` : ''
  return [
    [`evil.example${suffix}`],
    [`${hostname.replace(/[[\]:]/g, '')}.evil.example${suffix}`],
    [`evil.example${suffix}`, host],
  ]
}
