import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Property } from '../../property.ts'
import { withFolder } from '../ask/files.ts'
import { expectStrangerRefused, mint, requireKeys } from '../ask/hold-tokens.ts'
import { holds, lookInside } from '../ask/memory.ts'
import { asvsChapters } from '../sources.ts'

export const secretHashedInStore: Property = {
  id: 'secret/secret-hashed-in-store',
  claim: {
    en: 'the server keeps digests of secrets, in its file and in its memory, never the secrets',
    ja: 'サーバーはファイルにもメモリーにもシークレットのダイジェストだけを持ち、シークレット自体は持たない',
  },
  source: [asvsChapters.authentication],
  owasp: ['MCP01'],
  level: 'policy',
  since: 2,
  needs: ['token', 'process', 'keys'],
  advice: {
    en: 'Keep the SHA-256 of each secret and hash what comes in: of 256 random bits a plain digest cannot be undone. Cache nothing by the secret itself.',
    ja: 'シークレットごとにSHA-256を保存し、届いた値をハッシュして照合します。256ビットの乱数なら、単純なダイジェストでも元に戻せません。シークレット自体をキーにしたキャッシュは作りません。',
  },
  async check(subject) {
    await expectStrangerRefused(subject)
    const keys = requireKeys(subject)
    const { heap } = await lookInside(subject)
    expect(
      heap.length === 0,
      'The secret lies in the memory of the server, after the request that brought it.',
    )
    const text = await readFile(keys.file, 'utf8')
    expect(
      !keys.grants.some((grant) => holds(text, grant.secret)),
      'The token file of the server holds a secret.',
    )
    await withFolder(async (folder) => {
      const file = join(folder, 'tokens.json')
      const minted = await mint(keys, file, ['guardcheck'])
      const [given = ''] = minted.secrets
      expect(
        given !== '' && !holds(minted.text, given),
        'The command writes the secret that it gives out into the token file.',
      )
    })
  },
}
