import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { ask, said } from '../../ask/answer.ts'
import {
  metadataPath,
  parse,
  readMetadata,
  wellKnown,
} from '../../ask/metadata.ts'
import { rfc } from '../../sources.ts'

export const prmServed: Property = {
  id: 'resource/prm-served',
  claim: {
    en: 'anyone may read, at its well-known place, who issues tokens for this server',
    ja: 'このサーバー向けのトークンを誰が発行するかを、決まった場所で誰でも読める',
  },
  source: [rfc(9728, '3.1'), rfc(9728, '3.2')],
  owasp: ['MCP07'],
  level: 'must',
  since: 3,
  needs: [],
  advice: {
    en: 'Serve /.well-known/oauth-protected-resource with the path of the endpoint behind it, without a token and with Access-Control-Allow-Origin: *. Serve a copy at the root only where no other tokens are taken: a client that finds it there starts OAuth, even if it was given a token.',
    ja: '/.well-known/oauth-protected-resourceにエンドポイントのパスを続けた場所で、トークンなしに、Access-Control-Allow-Origin: *を付けて公開します。ルートにも置くのは、ほかのトークンを受け付けないときだけにします。ルートで見つけたクライアントは、渡されたトークンがあってもOAuthを始めるからです。',
  },
  check: servesMetadata,
}

async function servesMetadata(subject: Subject): Promise<void> {
  const { answer, metadata } = await readMetadata(subject)
  const [type = ''] = answer.header('content-type')
  expect(
    /^application\/json\b/i.test(type),
    `The metadata is sent as ${type || 'nothing'}, not as application/json.`,
  )
  expect(
    metadata.authorization_servers.length > 0,
    'The metadata names no authorization server.',
  )
  const fromPage = await ask(subject, {
    method: 'GET',
    target: metadataPath(subject),
    headers: [['Origin', 'https://client.example']],
  })
  const [allowed = ''] = fromPage.header('access-control-allow-origin')
  expect(
    fromPage.status === 200 && allowed === '*',
    `A web page that reads the metadata is answered ${said(fromPage)} with Access-Control-Allow-Origin: ${allowed || 'nothing'}.`,
  )
  const root = await ask(subject, { method: 'GET', target: wellKnown })
  expect(
    root.status === 404 || parse(root.body).resource !== undefined,
    `GET ${wellKnown} was answered ${said(root)}: neither metadata nor a clean 404.`,
  )
}
