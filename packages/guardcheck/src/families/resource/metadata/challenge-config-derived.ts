import type { Answer } from '../../../probe/answer.ts'
import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { ask } from '../../ask/answer.ts'
import { hintsOf } from '../../ask/challenges.ts'
import { metadataPath } from '../../ask/metadata.ts'
import { asvsSections } from '../../sources.ts'

export const challengeConfigDerived: Property = {
  id: 'resource/challenge-config-derived',
  claim: {
    en: 'no header of a request changes what is advertised',
    ja: 'リクエストのヘッダーによって、案内する内容が変わることはない',
  },
  source: [asvsSections.webServices],
  owasp: ['MCP07'],
  level: 'policy',
  since: 3,
  needs: [],
  advice: {
    en: 'Build resource_metadata, resource and issuer from configuration, never from Host, Forwarded or X-Forwarded-*.',
    ja: 'resource_metadata、resource、issuerは設定から作ります。Host、Forwarded、X-Forwarded-*からは作りません。',
  },
  check: ignoresForwarded,
}

async function ignoresForwarded(subject: Subject): Promise<void> {
  const target = metadataPath(subject)
  const challenge = (answer: Answer) => answer.header('www-authenticate').join()
  const plain = await ask(subject)
  const document = await ask(subject, { method: 'GET', target, body: null })
  expect(
    hintsOf(plain).has('resource_metadata'),
    'The challenge names no resource_metadata.',
  )
  const spoofs: [string, string][][] = [
    [['X-Forwarded-Host', 'evil.example']],
    [['X-Forwarded-Proto', 'http']],
    [
      ['X-Forwarded-Host', 'evil.example'],
      ['X-Forwarded-Proto', 'http'],
    ],
    [['Forwarded', 'host=evil.example;proto=http']],
    [['X-Forwarded-Prefix', '/evil']],
    [['X-Original-URL', 'https://evil.example/mcp']],
    [['Host', 'evil.example']],
  ]
  for (const headers of spoofs) {
    const names = headers.map(([name]) => name).join(' and ')
    const refused = await ask(subject, { headers })
    const read = await ask(subject, { method: 'GET', target, headers })
    // A foreign Host is best not served at all.
    if (refused.status === 401) {
      expect(
        challenge(refused) === challenge(plain),
        `${names} changes the challenge to ${challenge(refused)}.`,
      )
    }
    if (read.status === 200 && document.status === 200) {
      expect(read.body === document.body, `${names} changes the metadata.`)
    }
  }
}
