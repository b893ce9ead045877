import type { Answer } from '../../probe/answer.ts'
import type { Probe } from '../../probe/request.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect } from '../../property.ts'
import { ask, isServed, said, wrongSecret } from './answer.ts'

/** Asserts that the valid token is answered there as a wrong one is. */
export async function expectIgnored(
  subject: Subject,
  token: string,
  name: string,
  carry: (secret: string) => Probe,
): Promise<void> {
  const wrong = await ask(subject, carry(wrongSecret))
  const right = await ask(subject, carry(token))
  expect(!isServed(right), `A valid token in ${name} was served.`)
  expect(
    right.status === wrong.status,
    `${name} is looked at: a valid token there was answered ${said(right)}, a wrong one ${said(wrong)}.`,
  )
}

/**
 * Asserts that all requests are answered as the first one is, apart from
 * what differs when that one is repeated. They stand by name.
 */
export async function expectAlike(
  subject: Subject,
  first: Probe,
  others: [name: string, probe: Probe][],
): Promise<void> {
  const look = async (probe: Probe) => aspectsOf(await ask(subject, probe))
  const before = await look(first)
  for (const [name, probe] of others) {
    if (differing(before, await look(probe)).length === 0) continue
    const restless = differing(before, await look(first))
    const tells = differing(before, await look(probe)).filter(
      (aspect) => !restless.includes(aspect),
    )
    expect(tells.length === 0, `${name} is told by its ${tells.join(', ')}.`)
  }
}

/** What whoever gets an answer sees of it; a clock tells nothing. */
function aspectsOf({ status, headers, body }: Answer): Map<string, string> {
  const aspects = new Map([
    ['status', `${status}`],
    ['body', body],
  ])
  for (const [name, value] of headers) {
    if (name === 'date') continue
    const key = `${name} header`
    aspects.set(key, `${aspects.get(key) ?? ''}${value}\n`)
  }
  return aspects
}

/** The names of what is not the same in two answers. */
function differing(a: Map<string, string>, b: Map<string, string>): string[] {
  const names = new Set([...a.keys(), ...b.keys()])
  return [...names].filter((name) => a.get(name) !== b.get(name))
}
