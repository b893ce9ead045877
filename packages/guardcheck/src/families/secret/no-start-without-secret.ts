import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Property } from '../../property.ts'
import {
  expectRefusals,
  type Refusal,
  requireProcess,
} from '../ask/hold-process.ts'
import { requireKeys } from '../ask/hold-tokens.ts'
import { asvsSections } from '../sources.ts'

export const noStartWithoutSecret: Property = {
  id: 'secret/no-start-without-secret',
  claim: {
    en: 'a server that was given no secret does not start, and names the variable that it misses',
    ja: 'シークレットが与えられなければサーバーは起動せず、足りない環境変数の名前を告げる',
  },
  source: [asvsSections.errors],
  owasp: ['MCP01', 'MCP07'],
  level: 'policy',
  since: 2,
  needs: ['process', 'keys'],
  advice: {
    en: 'Read the variable once at start, treat unset, empty and blank alike, and end with one sentence that names it. Never fall back to a default or to no guard.',
    ja: '起動時に環境変数を一度だけ読み、未設定、空、空白だけを同じに扱い、変数名を示す1文を出して終了します。既定値やガードなしには切り替えません。',
  },
  async check(subject) {
    const { variable, fileVariable } = requireKeys(subject)
    const names = [variable, fileVariable]
    const given = (text?: string, file?: string) => ({
      env: { [variable]: text, [fileVariable]: file },
      names,
    })
    const refusals: Refusal[] = [
      { how: 'with nothing but blanks for a secret', ...given(' \t') },
      { how: `with an empty ${variable}`, ...given('', '') },
    ]
    // A `.env` of the folder would give what the environment does not.
    if (!existsSync(join(requireProcess(subject).cwd, '.env'))) {
      refusals.push({ how: 'with no secret at all', ...given() })
    }
    await expectRefusals(subject, refusals)
  },
}
