import { setTimeout } from 'node:timers/promises'
import type { Answer } from '../../probe/answer.ts'
import type { Effect } from '../../probe/options.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable } from '../../property.ts'
import { present, requireLiar } from './access-tokens.ts'
import { ask, said } from './answer.ts'
import { hintsOf } from './challenges.ts'

/** The call that must not run: the named tool's, a harmless one without. */
export function actionMessage({ effect, call }: Subject): object {
  const action = effect ?? call
  const { name, arguments: args } = action ?? {}
  return action
    ? {
        jsonrpc: '2.0',
        id: 'guardcheck-action',
        method: 'tools/call',
        params: { name, arguments: args },
      }
    : { jsonrpc: '2.0', id: 'guardcheck-action', method: 'tools/list' }
}

/** A message that anyone may send who may send any. */
export const harmlessMessage = (subject: Subject): object =>
  actionMessage({ ...subject, effect: undefined, call: undefined })

/**
 * Runs `attempt` and asserts that the named tool did not run meanwhile, nor
 * a moment later: some servers answer first.
 */
export async function expectNoEffect(
  { effect }: Subject,
  attempt: () => Promise<void>,
): Promise<void> {
  const before = await effect?.count()
  await attempt()
  if (!effect) return
  await setTimeout(150)
  const runs = (await effect.count()) - (before ?? 0)
  expect(
    runs === 0,
    `A call that had to be refused ran ${effect.name}, ${runs} times.`,
  )
}

export function requireEffect({ effect }: Subject): Effect {
  if (effect) return effect
  throw new NotApplicable('No tool was named whose effect could be counted.')
}

/** Calls the tool that has an effect, unless the door is closed already. */
export async function act(subject: Subject, secret: string): Promise<Answer> {
  const { name, arguments: given } = requireEffect(subject)
  const opening = await present(subject, secret)
  if ([401, 403].includes(opening.status)) return opening
  const { headers } = await subject.connect(secret)
  const params = { name, arguments: given }
  const body = { jsonrpc: '2.0', id: 7, method: 'tools/call', params }
  return ask(subject, { secret, headers, body })
}

/** A token of everybody else's, but for the scopes. */
export const mintScoped = (subject: Subject, scope: string | undefined) =>
  requireLiar(subject).mint({ aud: subject.url.href, scope })

/**
 * The scopes that the tool needs, by the 403 for a token that has none.
 * @throws {Violation} when it runs without any
 * @throws {NotApplicable} when nobody says which
 */
export async function learnNeeded(subject: Subject): Promise<string[]> {
  const { count, name } = requireEffect(subject)
  const before = await count()
  const refused = await act(subject, await mintScoped(subject, ''))
  expect(
    (await count()) === before,
    `A token without a scope ran ${name} (${said(refused)}).`,
  )
  const scope = hintsOf(refused).get('scope') ?? ''
  if (refused.status === 403 && scope !== '') return scope.split(' ')
  throw new NotApplicable(
    `Which scope the tool needs is not told: its call was answered ${said(refused)}.`,
  )
}
