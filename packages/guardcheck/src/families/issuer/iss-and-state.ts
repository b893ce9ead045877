import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { openTrusted, outcomeOf } from '../ask/hold-issuer.ts'
import { oauth21, rfc } from '../sources.ts'

export const issAndState: Property = {
  id: 'issuer/iss-and-state',
  claim: {
    en: 'every redirect back, with an error too, says who it comes from and repeats the state',
    ja: 'エラーを含むすべてのリダイレクトが、発行者（iss）と元のstateを伝える',
  },
  source: [rfc(9207, '2'), oauth21('4.1.2.1')],
  owasp: ['MCP07'],
  level: 'must',
  since: 3,
  needs: ['issuer'],
  advice: {
    en: 'Add `iss` to each authorization response and say so in the metadata (authorization_response_iss_parameter_supported); return `state` exactly as it came.',
    ja: '認可レスポンスに必ず`iss`を付け、メタデータにもauthorization_response_iss_parameter_supportedと書きます。`state`は届いたとおりに返します。',
  },
  check: answersWithIssuer,
}

async function answersWithIssuer(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const { hold, metadata } = authority
  expect(
    metadata.authorization_response_iss_parameter_supported === true,
    'The metadata does not say that redirects carry iss.',
  )
  const state = 'a b+c/%41&é'
  const requests = {
    'a success': { scope: hold.scopes[0] },
    'a silent request': { prompt: 'none' },
    'an unknown response_type': { response_type: 'token' },
    'a missing challenge': {
      code_challenge: undefined,
      code_challenge_method: undefined,
    },
    'an unknown resource': { resource: 'https://unknown.example/mcp' },
  }
  let errors = 0
  for (const [what, changes] of Object.entries(requests)) {
    const { back, error, code } = await outcomeOf(authority, {
      state,
      ...changes,
    })
    if (what === 'a success' && !code) {
      throw new NotApplicable(`Nobody could sign in: ${error}.`)
    }
    if (!back) continue
    if (error) errors += 1
    // What is not in the query stands in the fragment, for other types.
    const values = new URLSearchParams(
      back.search || back.hash.replace('#', ''),
    )
    expect(
      values.get('iss') === hold.issuer,
      `The redirect after ${what} says iss=${values.get('iss')}.`,
    )
    expect(
      values.get('state') === state,
      `The redirect after ${what} says state=${values.get('state')}, not ${state}.`,
    )
  }
  expect(errors > 0, 'No error was told by a redirect.')
}
