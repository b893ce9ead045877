import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { enterHonestly } from '../../ask/access-tokens.ts'
import { isServed, said } from '../../ask/answer.ts'
import { hintsOf } from '../../ask/challenges.ts'
import { act, mintScoped, requireEffect } from '../../ask/effect.ts'
import { authorization, rfc } from '../../sources.ts'

export const scopeStepUp403: Property = {
  id: 'resource/scope-step-up-403',
  claim: {
    en: 'who lacks a scope is told by a 403 which one, and is served once they have it',
    ja: 'スコープが足りない呼び出しには403で必要なものを伝え、それを得れば応じる',
  },
  source: [
    rfc(6750, '3.1'),
    authorization('runtime-insufficient-scope-errors'),
  ],
  owasp: ['MCP02'],
  level: 'should',
  since: 3,
  needs: ['lying-issuer'],
  advice: {
    en: 'Answer 403 with error="insufficient_scope", all scopes that this operation needs, beside them at most what the caller holds, and resource_metadata.',
    ja: '403で、error="insufficient_scope"、その操作に必要なスコープをすべて、そしてresource_metadataを返します。加えてよいのは、呼び出し元がすでに持つスコープだけです。',
  },
  check: stepsUp,
}

async function stepsUp(subject: Subject): Promise<void> {
  await enterHonestly(subject)
  const { count } = requireEffect(subject)
  const before = await count()
  const refused = await act(subject, await mintScoped(subject, ''))
  expect((await count()) === before, 'A token without a scope ran the tool.')
  expect(
    refused.status === 403,
    `A call without the scope was answered ${said(refused)}, not 403.`,
  )
  const hints = hintsOf(refused)
  const needed = (hints.get('scope') ?? '').split(' ').filter(Boolean)
  expect(needed.length > 0, 'The 403 does not say which scope is lacking.')
  expect(
    hints.get('error') === 'insufficient_scope',
    `The 403 says error=${hints.get('error')}, not insufficient_scope.`,
  )
  expect(
    hints.has('resource_metadata'),
    'The 403 does not say where the metadata is.',
  )
  const all = (subject.liar?.scope ?? '').split(' ')
  expect(
    all.length < 2 || needed.length < all.length,
    'The 403 asks for every scope there is.',
  )
  for (const one of needed.length > 1 ? needed : []) {
    const others = needed.filter((it) => it !== one)
    const calls = await count()
    await act(subject, await mintScoped(subject, others.join(' ')))
    expect(
      (await count()) === calls,
      `The 403 asks for ${one}, which this call does not need.`,
    )
  }
  const held = all.filter((it) => !needed.includes(it)).slice(0, 1)
  if (held.length > 0) {
    const secret = await mintScoped(subject, held.join(' '))
    const challenge = hintsOf(await act(subject, secret)).get('scope') ?? ''
    const named = challenge.split(' ')
    expect(
      needed.every((it) => named.includes(it)) &&
        named.every((it) => needed.includes(it) || held.includes(it)),
      `Whoever holds ${held} is told to ask for ${challenge || 'nothing'}, where ${needed.join(' ')} is needed.`,
    )
  }
  const stepped = await mintScoped(subject, needed.join(' '))
  const served = await act(subject, stepped)
  // A tool may be busy; that it was reached is what counts.
  if (isServed(served) && (await count()) === before) {
    await act(subject, stepped)
  }
  expect(
    isServed(served) && (await count()) > before,
    `With the scope that was asked for, the call was answered ${said(served)}.`,
  )
}
