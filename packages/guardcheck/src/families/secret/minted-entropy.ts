import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { expect, type Property } from '../../property.ts'
import { withFolder } from '../ask/files.ts'
import { mint, requireKeys, sharedStart } from '../ask/hold-tokens.ts'
import { asvsSections, oauth21 } from '../sources.ts'

export const mintedEntropy: Property = {
  id: 'secret/minted-entropy',
  claim: {
    en: 'the command that gives out secrets makes each of them from 256 random bits, behind a prefix that scanners know',
    ja: '発行コマンドのシークレットは、検出用の接頭辞に続き、毎回256ビットの乱数から作られる',
  },
  source: [oauth21('7.7'), asvsSections.random],
  owasp: ['MCP01'],
  level: 'must',
  since: 2,
  needs: ['keys'],
  advice: {
    en: 'Mint with `randomBytes(32).toString("base64url")` behind a prefix of your own; `Math.random()`, the time and UUIDs are too little.',
    ja: '自前の接頭辞に`randomBytes(32).toString("base64url")`を続けて発行します。`Math.random()`、時刻、UUIDでは足りません。',
  },
  async check(subject) {
    const keys = requireKeys(subject)
    await withFolder(async (folder) => {
      const names = Array.from({ length: 1000 }, (_, n) => `guardcheck-${n}`)
      const file = join(folder, 'tokens.json')
      const { secrets } = await mint(keys, file, names)
      const different = new Set(secrets).size
      expect(
        different === names.length,
        `Of ${names.length} callers, ${different} were given a secret of their own.`,
      )
      const odd = secrets.some((text) => !/^[\w.~+/-]+=*$/.test(text))
      expect(!odd, 'A minted secret has characters that no header takes.')
      expect(
        sharedStart(secrets).length >= 3,
        'Minted secrets have no prefix by which a scanner could know them.',
      )
      const bits = Math.round(bitsOf(secrets.map(withoutChecksum)))
      expect(
        bits >= 250,
        `Minted secrets differ in ${bits} bits at most, not in 256.`,
      )
    })
  },
}

/** A checksum is made of what stands before it: no bit of it is random. */
function withoutChecksum(secret: string): string {
  const [, body = ''] = /^(.*)[\da-f]{8}$/.exec(secret) ?? []
  const checksum = crc32(body).toString(16).padStart(8, '0')
  return body !== '' && secret.endsWith(checksum) ? body : secret
}

/** The bits that texts of this kind can differ in, column by column. */
function bitsOf(texts: string[]): number {
  const length = Math.max(...texts.map((text) => text.length))
  let bits = 0
  for (let at = 0; at < length; at += 1) {
    bits += Math.log2(new Set(texts.map((text) => text[at])).size)
  }
  return bits
}
