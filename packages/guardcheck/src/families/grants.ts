import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Grant, Keys } from '../keys.ts'
import type { Answer, Probe, Subject } from '../probe/subject.ts'
import type { StartedProcess } from '../process/start.ts'
import { expect, NotApplicable, Violation } from '../property.ts'
import { said } from './probes.ts'

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

/** The process; the runner has seen to it that there is one. */
export function requireProcess({ process }: Subject): StartedProcess {
  if (process) return process
  throw new NotApplicable('It needs a hold on the process.')
}

export const isRefused = ({ status }: Answer) => status === 401

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

/** What came of starting another server beside the one under test. */
export type Another =
  | { started: StartedProcess }
  | { exitCode: number; output: string }

/** Starts another server, runs `look` on it if it listens, and ends it. */
export async function withAnother(
  subject: Subject,
  env: Record<string, string | undefined>,
  look: (another: Another) => Promise<void> | void,
  args: string[] = [],
): Promise<void> {
  const started = await requireProcess(subject)
    .again(env, args)
    .catch(() => undefined)
  if (!started) {
    throw new Violation('Another server neither listened nor ended in time.')
  }
  try {
    await look(started)
  } finally {
    if ('started' in started) await started.started.stop()
  }
}

/** A start that must end by itself, and what of it must not be repeated. */
export interface Refusal {
  /** What is wrong, as in "with no secret". */
  how: string
  env: Record<string, string | undefined>
  args?: string[]
  /** What its sentence names; one of them is enough. */
  names?: string[]
  /** What its output must not contain. */
  unsaid?: string[]
}

/** Asserts that each start ends by itself and says why. */
export async function expectRefusals(
  subject: Subject,
  refusals: Refusal[],
): Promise<void> {
  const tasks = refusals.map((refusal) => () => expectRefusal(subject, refusal))
  // One that names its reason does not end because a port is taken.
  if (refusals.some(({ names = [] }) => names.length === 0)) {
    tasks.push(() => requireStartable(subject))
  }
  let failed = false
  const lane = async () => {
    for (let next = tasks.shift(); next && !failed; next = tasks.shift()) {
      await next().catch((error) => {
        failed = true
        throw error
      })
    }
  }
  // Two at a time: more would only stand in each other's way.
  await runTogether([lane(), lane()])
}

/** Waits for all to end, so that nothing goes on after the first that threw. */
export async function runTogether(tasks: Promise<void>[]): Promise<void> {
  await Promise.allSettled(tasks)
  await Promise.all(tasks)
}

async function expectRefusal(
  subject: Subject,
  { how, env, args, names = [], unsaid = [] }: Refusal,
): Promise<void> {
  await withAnother(
    subject,
    env,
    (another) => {
      expect(!('started' in another), `It started ${how}.`)
      const { exitCode, output } = another
      expect(exitCode !== 0, `It ended with exit status 0 ${how}.`)
      expect(
        names.length === 0 || names.some((name) => output.includes(name)),
        `It refused to start ${how}, and did not name ${names[0]}.`,
      )
      expect(
        !unsaid.some((text) => output.includes(text)),
        `It refused to start ${how}, and printed what was in there.`,
      )
    },
    args,
  )
}

/** Whether a second server can listen beside the first at all. */
const startable = new WeakMap<StartedProcess, Promise<boolean>>()

/**
 * Sees that a refusal to start means something.
 * @throws {NotApplicable} when not even an unchanged one would start
 */
async function requireStartable(subject: Subject): Promise<void> {
  const process = requireProcess(subject)
  const known = startable.get(process)
  const found = known ?? tryStart(process)
  startable.set(process, found)
  if (await found) return
  throw new NotApplicable(
    'A second server cannot be started beside it, so a refusal says nothing.',
  )
}

async function tryStart(process: StartedProcess): Promise<boolean> {
  const outcome = await process.again({}).catch(() => undefined)
  if (!outcome || !('started' in outcome)) return false
  await outcome.started.stop()
  return true
}

/** Runs `use` with a folder of its own, which is gone afterwards. */
export async function withFolder<T>(
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'guardcheck-tokens-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes a file that only its owner may read, and answers its path. */
export async function writePrivate(
  folder: string,
  name: string,
  text: string,
): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, text, { mode: 0o600 })
  return file
}
