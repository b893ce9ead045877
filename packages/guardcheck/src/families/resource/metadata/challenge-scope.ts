import type { Subject } from '../../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import { ask } from '../../ask/answer.ts'
import { hintsOf } from '../../ask/challenges.ts'
import { findScopes } from '../../ask/metadata.ts'
import { authorization, rfc } from '../../sources.ts'

export const challengeScope: Property = {
  id: 'resource/challenge-scope',
  claim: {
    en: 'a client is told to ask for little at first, not for everything there is',
    ja: 'クライアントには、まず最小限のスコープを求めるように伝える',
  },
  source: [rfc(6750, '3'), authorization('scope-selection-strategy')],
  owasp: ['MCP02'],
  level: 'should',
  since: 3,
  needs: [],
  advice: {
    en: 'Name in the 401 the scope without which nothing is of use, and leave the others to the 403 of the tool that needs them.',
    ja: '401では、最初に必要なスコープだけを示します。残りは、それを必要とするツールの403で示します。',
  },
  check: hintsScope,
}

async function hintsScope(subject: Subject): Promise<void> {
  const hint = hintsOf(await ask(subject)).get('scope')
  expect(
    hint !== undefined,
    'The 401 names no scope: a client would ask for all there are.',
  )
  const named = hint.split(' ').filter(Boolean)
  expect(named.length > 0, 'The 401 names an empty scope.')
  const all = await findScopes(subject)
  if (all.length < 2) {
    throw new NotApplicable('It has too few scopes to tell little from much.')
  }
  expect(
    named.every((scope) => all.includes(scope)),
    `The 401 names ${hint}, which the metadata does not list.`,
  )
  expect(
    named.length < all.length,
    `The 401 names every scope there is: ${hint}.`,
  )
}
