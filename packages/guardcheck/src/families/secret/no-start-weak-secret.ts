import { expect, type Property } from '../../property.ts'
import { isRefused, said } from '../ask/answer.ts'
import { expectRefusals } from '../ask/hold-process.ts'
import {
  becomes,
  createGrant,
  give,
  openGrants,
  requireKeys,
  sharedStart,
} from '../ask/hold-tokens.ts'
import { asvsSections, oauth21 } from '../sources.ts'

export const noStartWeakSecret: Property = {
  id: 'secret/no-start-weak-secret',
  claim: {
    en: 'a short, repetitive or placeholder secret never opens the door, and is not printed',
    ja: '短い、繰り返しだけの、または例示用のシークレットでは決して通れず、画面にも出ない',
  },
  source: [oauth21('7.7'), asvsSections.backends],
  owasp: ['MCP01', 'MCP07'],
  level: 'must',
  since: 2,
  needs: ['process', 'keys'],
  advice: {
    en: 'Take only secrets that your own command minted (a prefix and a checksum tell), so that nobody can choose a weak one; never print the one that you refuse.',
    ja: '自分のコマンドが発行したシークレットだけを受け付けます（接頭辞とチェックサムで見分けます）。弱い値を選べなくなります。拒否した値は表示しません。',
  },
  async check(subject) {
    const keys = requireKeys(subject)
    const { variable, fileVariable } = keys
    await expectRefusals(
      subject,
      weakSecrets.slice(0, 2).map((weak) => ({
        how: `with ${shortened(weak)} for a secret`,
        env: { [variable]: weak, [fileVariable]: undefined },
        names: [variable],
        unsaid: [weak],
      })),
    )
    await openGrants(subject)
    // A prefix is no proof that a secret was minted.
    const prefix = sharedStart([keys.createSecret(), keys.createSecret()])
    const texts = [...weakSecrets, `${prefix}changeme`]
    const weak = texts.map((text) => ({
      ...createGrant(keys),
      secret: text,
    }))
    const good = createGrant(keys)
    await give(keys, ...weak, good)
    // A server may leave such a file alone as a whole: that is safe too.
    await becomes(subject, good.secret, 200)
    for (const text of texts) {
      const answer = await subject.send({ secret: text })
      expect(
        isRefused(answer),
        `The weak secret ${shortened(text)} was answered ${said(answer)}.`,
      )
    }
    await give(keys)
  },
}

/** What people put where a secret belongs. */
const weakSecrets = [
  'changeme-your-token-here',
  'a'.repeat(64),
  '0123456789abcdef',
  'replace-me-with-a-long-random-string-000',
  '00000000-0000-4000-8000-000000000000',
]

const shortened = (text: string) =>
  text.length > 20 ? `${text.slice(0, 12)}…` : text
