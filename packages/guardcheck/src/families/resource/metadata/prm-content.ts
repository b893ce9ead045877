import { createSubject, type Subject } from '../../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import { metadataUrls } from '../../../sign-in/authority.ts'
import { isNameOf, parse, readMetadata } from '../../ask/metadata.ts'
import { rfc } from '../../sources.ts'

export const prmContent: Property = {
  id: 'resource/prm-content',
  claim: {
    en: 'the metadata names this very URL, and issuers by the name that they have themselves',
    ja: 'メタデータは、このURLそのものと、発行者が自ら名乗る名前を載せている',
  },
  source: [rfc(9728, '3.2'), rfc(9728, '3.3')],
  owasp: ['MCP07'],
  level: 'must',
  since: 3,
  needs: [],
  advice: {
    en: 'Compare `resource` with the URL that clients use, and each issuer with what its own metadata says, character by character: one slash too many is the most reported failure of OAuth with MCP.',
    ja: '`resource`はクライアントが使うURLと、発行者はその発行者自身のメタデータと、1文字ずつ比べます。末尾のスラッシュ1つの違いが、MCPのOAuthで最も多い失敗です。',
  },
  check: describesResource,
}

async function describesResource(subject: Subject): Promise<void> {
  const { answer, metadata } = await readMetadata(subject)
  const named = `${metadata.resource ?? 'nothing'}`
  expect(
    isNameOf(subject, named),
    `The metadata is that of ${named}, and not of ${subject.url.href}: ${parting(named, subject.url.href)}.`,
  )
  const empty = Object.entries(parse(answer.body)).find(
    ([, value]) => Array.isArray(value) && value.length === 0,
  )
  expect(empty === undefined, `${empty?.[0]} is an empty list.`)
  expect(
    metadata.authorization_servers.length > 0,
    'The metadata names no authorization server.',
  )
  expect(
    [metadata.bearer_methods_supported ?? ['header']].flat().join() ===
      'header',
    'The metadata offers other ways than the header.',
  )
  expect(
    !metadata.scopes_supported.includes('offline_access'),
    'The metadata lists offline_access, which is none of its scopes.',
  )
  for (const issuer of metadata.authorization_servers.slice(0, 3)) {
    await expectSameName(subject, issuer)
  }
}

/** Where two names that should be one are not, in words. */
function parting(a: string, b: string): string {
  const place = [...a, ''].findIndex((character, at) => character !== b[at])
  const at = (text: string) => text[place] ?? 'its end'
  return `they part at character ${place + 1}, where one has ${at(a)} and the other ${at(b)}`
}

/** An issuer calls itself what the resource calls it. */
async function expectSameName(subject: Subject, issuer: string) {
  expect(URL.canParse(issuer), `The issuer ${issuer} is no URL.`)
  const ca = subject.issuer?.ca ?? subject.ca
  for (const text of metadataUrls(issuer)) {
    const url = new URL(text)
    const { send } = createSubject({ url, ca, timeoutMs: 5_000 })
    const answer = await send({ method: 'GET' })
    if (answer.status !== 200) continue
    const name = parse(answer.body).issuer
    expect(
      name === issuer,
      `The issuer ${issuer} calls itself ${name}: ${parting(issuer, `${name}`)}.`,
    )
    return
  }
  throw new NotApplicable(`The metadata of ${issuer} cannot be read from here.`)
}
