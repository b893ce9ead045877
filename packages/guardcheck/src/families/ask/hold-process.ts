import { setTimeout } from 'node:timers/promises'
import { createSubject, type Subject } from '../../probe/subject.ts'
import type { StartedProcess } from '../../process/start.ts'
import { expect, NotApplicable, Violation } from '../../property.ts'
import { isServed, said } from './answer.ts'

/** The process; the runner has seen to it that there is one. */
export function requireProcess({ process }: Subject): StartedProcess {
  if (process) return process
  throw new NotApplicable('It needs a hold on the process.')
}

/** What came of starting another server beside the one under test. */
type Another =
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

/**
 * Runs `use` with a server whose patience may be used up: another one like
 * it where we can start one, else the one that we were given.
 */
export async function withThrottle(
  subject: Subject,
  use: (server: Subject) => Promise<void>,
): Promise<void> {
  const { process: started, throttle } = subject
  const outcome = await started?.again(throttle ?? {}).catch(() => undefined)
  if (!outcome || !('started' in outcome)) {
    if (throttle) {
      throw new NotApplicable(
        'This one is told to be patient, and another one could not be started.',
      )
    }
    await requireServed(subject)
    return use(subject)
  }
  const { url, stop } = outcome.started
  const server = createSubject({ ...subject, url, process: outcome.started })
  try {
    await requireServed(server)
    await use({
      ...server,
      async send(probe) {
        const answer = await server.send(probe)
        const last = server.evidence.at(-1)
        if (last) subject.record(last.sent, last.received)
        return answer
      },
    })
  } finally {
    await stop()
  }
}

async function requireServed(server: Subject): Promise<void> {
  const answer = await server.send({ secret: server.token })
  if (isServed(answer)) return
  throw new NotApplicable(
    `The token that was given is not served: it was answered ${said(answer)}.`,
  )
}

/** Asserts that the process we started is the one that goes on. */
export async function expectSameProcess({ process }: Subject): Promise<void> {
  const gone = process?.ended.then(() => true)
  const ended = await Promise.race([gone, setTimeout(0, false)])
  expect(ended !== true, 'The process ended meanwhile.')
}
