import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import type { Answer } from '../../probe/answer.ts'
import type { Grant, Keys } from '../../probe/keys.ts'
import type { Probe } from '../../probe/request.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable } from '../../property.ts'
import { isRefused, said } from './answer.ts'
import { run } from './files.ts'

/** Milliseconds in which a server has to notice that its tokens changed. */
export const noticeMs = 2000

/**
 * The hold on the tokens, after a look at whether they decide: a secret that
 * nobody was given is refused, and those in the file are served.
 */
export async function openGrants(subject: Subject): Promise<Keys> {
  const keys = requireKeys(subject)
  const stranger = await subject.send({ secret: keys.createSecret() })
  expect(
    isRefused(stranger),
    `A secret that nobody was given was answered ${said(stranger)}.`,
  )
  for (const { name, secret } of keys.grants.slice(0, 2)) {
    const answer = await subject.send({ secret })
    expect(
      answer.status === 200,
      `The secret of ${name}, whom the token file lists, was answered ${said(answer)}.`,
    )
  }
  return keys
}

/** The hold on the tokens; the runner has seen to it that there is one. */
export function requireKeys(subject: Subject): Keys {
  const { keys } = subject
  if (!keys) {
    throw new NotApplicable("It needs a hold on the server's tokens.")
  }
  const createSecret = () => {
    const secret = keys.createSecret()
    subject.hide(secret)
    return secret
  }
  return { ...keys, createSecret }
}

/** A new caller of ours, whom nobody else is called like. */
export function createGrant(
  keys: Keys,
  times: Pick<Grant, 'notBefore' | 'expiresAt'> = {},
): Grant {
  const name = `guardcheck-${randomUUID().slice(0, 8)}`
  return { name, secret: keys.createSecret(), ...times }
}

/** A point in time, so many milliseconds from now. */
export const after = (time: number) => new Date(Date.now() + time)

/** Gives out what the server started with, and these secrets beside it. */
export function give(keys: Keys, ...grants: Grant[]): Promise<void> {
  return keys.replace(keys.format([...keys.grants, ...grants]))
}

/** Asks with a secret until it is answered so, or the time is over. */
export async function becomes(
  subject: Subject,
  secret: string,
  status: number,
  { withinMs = noticeMs, probe = {} as Probe } = {},
): Promise<Answer | undefined> {
  const end = Date.now() + withinMs
  for (;;) {
    const answer = await subject.send({ ...probe, secret })
    if (answer.status === status) return answer
    if (Date.now() > end) return undefined
    await setTimeout(30)
  }
}

/** Gives secrets out and sees the last one served, as the server noticed. */
export async function giveAndSee(
  subject: Subject,
  keys: Keys,
  ...grants: Grant[]
): Promise<void> {
  await give(keys, ...grants)
  const last = grants.at(-1)
  if (!last) return
  expect(
    (await becomes(subject, last.secret, 200)) !== undefined,
    'A secret that was added to the token file was not served within two seconds.',
  )
}

/** Milliseconds until a token ends, when one is given an end. */
export const endMs = 700

/** The same caller with a new secret. */
export const successor = (keys: Keys, { name }: Grant): Grant => ({
  name,
  secret: keys.createSecret(),
})

export async function expectServed(
  subject: Subject,
  whose: string,
  { secret }: Grant,
): Promise<Answer> {
  const answer = await subject.send({ secret })
  expect(answer.status === 200, `${whose} was answered ${said(answer)}.`)
  return answer
}

/** Sees that secrets count for something: a made-up one is refused. */
export async function expectStrangerRefused(subject: Subject): Promise<void> {
  const secret = subject.keys?.createSecret() ?? 'guardcheck-no-secret'
  const answer = await subject.send({ secret })
  expect(
    isRefused(answer),
    `A secret that nobody was given was answered ${said(answer)}.`,
  )
}

/** Has the operator's command give out secrets. */
export async function mint(
  { command, fileVariable, variable }: Keys,
  file: string,
  names: string[],
): Promise<{ secrets: string[]; text: string }> {
  if (!command) {
    throw new NotApplicable('It needs the command that gives out secrets.')
  }
  const [program, ...args] = command
  const { [variable]: _own, ...env } = process.env
  const outcome = await run(program, [...args, 'mint', ...names], {
    env: { ...env, [fileVariable]: file },
    timeout: 20_000,
  }).catch(() => undefined)
  expect(
    outcome !== undefined,
    'There is no command that gives out a secret, or it failed.',
  )
  const secrets = outcome.stdout.split('\n').filter((line) => line !== '')
  return { secrets, text: await readFile(file, 'utf8') }
}

/** What all texts begin with. */
export function sharedStart(texts: string[]): string {
  const [first = ''] = texts
  let length = first.length
  for (const text of texts) {
    while (!text.startsWith(first.slice(0, length))) length -= 1
  }
  return first.slice(0, length)
}
