import type { Answer } from '../../../probe/answer.ts'
import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { ask, said, wrongSecret } from '../../ask/answer.ts'
import { hintsOf } from '../../ask/challenges.ts'
import { isNameOf, parse } from '../../ask/metadata.ts'
import { authorization, rfc } from '../../sources.ts'

export const challengeResourceMetadata: Property = {
  id: 'resource/challenge-resource-metadata',
  claim: {
    en: 'every refusal says where the metadata is',
    ja: '拒否の応答はいつも、メタデータの場所を示す',
  },
  source: [
    rfc(9728, '5.1'),
    authorization('protected-resource-metadata-discovery-requirements'),
  ],
  owasp: ['MCP07'],
  level: 'must',
  since: 3,
  needs: [],
  advice: {
    en: 'Put resource_metadata, an absolute https URL, into the challenge of each 401 and 403.',
    ja: '401と403のチャレンジに、resource_metadataをhttpsの絶対URLで入れます。',
  },
  check: pointsToMetadata,
}

async function pointsToMetadata(subject: Subject): Promise<void> {
  const refusals = {
    'no token': await ask(subject),
    'a wrong token': await ask(subject, { secret: wrongSecret }),
  }
  for (const [what, answer] of Object.entries(refusals)) {
    await expectPointer(subject, answer, `The 401 for ${what}`)
  }
  const { liar, effect } = subject
  if (!liar || !effect) return
  const secret = await liar.mint({ aud: subject.url.href, scope: '' })
  subject.hide(secret)
  const forbidden = await (await subject.connect(secret)).request(
    'tools/call',
    { name: effect.name, arguments: effect.arguments },
  )
  await expectPointer(subject, forbidden, `The ${said(forbidden)} for a scope`)
}

async function expectPointer(subject: Subject, answer: Answer, what: string) {
  const pointer = hintsOf(answer).get('resource_metadata') ?? ''
  const url = URL.canParse(pointer) ? new URL(pointer) : undefined
  expect(
    url !== undefined,
    pointer
      ? `${what} names a resource_metadata that is no absolute URL.`
      : `${what} names no resource_metadata.`,
  )
  expect(
    url.protocol === 'https:',
    `${what} names a resource_metadata without https.`,
  )
  expect(
    url.host === subject.url.host,
    `${what} names metadata at ${url.host}, and not at this server.`,
  )
  const target = url.pathname + url.search
  const found = await ask(subject, { method: 'GET', target, body: null })
  expect(
    found.status === 200 && isNameOf(subject, `${parse(found.body).resource}`),
    `${what} names ${target}, where no metadata of this server is.`,
  )
}
