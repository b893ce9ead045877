import type { Subject } from '../../probe/subject.ts'
import { formsOf } from '../../probe/text/redact.ts'
import type { Memory } from '../../process/memory.ts'
import type { StartedProcess } from '../../process/start.ts'
import { NotApplicable } from '../../property.ts'
import { requireProcess } from './hold-process.ts'

export const secretsOf = ({ token, secondToken }: Subject) =>
  [token, secondToken].filter((text) => text !== undefined)

/** Whether a text holds a secret, also encoded. */
export const holds = (text: string, secret: string) =>
  [...formsOf(secret), Buffer.from(secret).toString('hex')].some((form) =>
    text.includes(form),
  )

/** The secrets that each part of a process's memory holds. */
interface Inside {
  environment: string[]
  heap: string[]
}

/** Looking into a process takes a while, and two properties do. */
const looks = new WeakMap<StartedProcess, Promise<Inside>>()

/** Which of the secrets lie in the process after they were presented. */
export function lookInside(subject: Subject): Promise<Inside> {
  const started = requireProcess(subject)
  const known = looks.get(started)
  const looking = known ?? lookNow(subject, started)
  looks.set(started, looking)
  return looking
}

async function lookNow(
  subject: Subject,
  started: StartedProcess,
): Promise<Inside> {
  const secrets = secretsOf(subject)
  for (const secret of secrets) await subject.send({ secret })
  // The engine itself remembers the last text that it searched.
  for (let n = 0; n < 5; n += 1) {
    await subject.send({ secret: `guardcheck-afterwards-${n}` })
  }
  const memory = await started.memory().catch((): Memory | undefined => {
    return undefined
  })
  if (!memory) {
    throw new NotApplicable('It is no Node process, so its memory stays shut.')
  }
  const found = (text: string) =>
    secrets.filter((secret) => holds(text, secret))
  return { environment: found(memory.environment), heap: found(memory.heap) }
}
