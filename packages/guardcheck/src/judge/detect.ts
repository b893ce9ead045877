import { type Answer, agreedVersion } from '../probe/answer.ts'
import {
  type Dialect,
  statelessDialect,
  streamDialect,
  usualDialect,
} from '../probe/dialect.ts'
import type { SubjectOptions } from '../probe/options.ts'
import { createSubject } from '../probe/subject.ts'

/** What the first calls to a server found out. */
export interface Detected {
  /** Whether a call without a credential was answered with a result. */
  open: boolean
  /** How MCP is spoken there; the usual way where nobody said. */
  dialect: Dialect
  /** What is wrong with the endpoint, when nothing can be asked of it. */
  unreachable?: string
  /** What is wrong with a token that was given: little can be decided then. */
  refused?: string
}

/**
 * Finds out who answers and in which dialect: first without a credential, and
 * with the token only where that was refused.
 */
export async function detect(options: SubjectOptions): Promise<Detected> {
  const { token } = options
  const first = await find(options)
  if ('open' in first) return first
  const second =
    isRefusal(first.answer) && token !== undefined
      ? await find(options, token)
      : first
  if ('open' in second) {
    const refused = await findRefusal({ ...options, dialect: second.dialect })
    return { ...second, open: false, ...refused }
  }
  const { status } = second.answer
  if (second !== first && isRefusal(second.answer)) {
    return { open: false, dialect: second.dialect, ...refuses('', status) }
  }
  return { open: false, ...explainSilence(second) }
}

/** What is wrong with the second token; nothing when there is none. */
async function findRefusal(options: SubjectOptions) {
  const { secondToken } = options
  if (secondToken === undefined) return {}
  const found = await find(options, secondToken)
  if ('open' in found || !isRefusal(found.answer)) return {}
  return refuses('second ', found.answer.status)
}

const refuses = (which: string, status: number) => ({
  refused: `does not take the ${which}token that was given: it answered ${status}.`,
})

/** What was answered where no dialect got a result, and in which it was. */
interface Silence {
  answer: Answer
  dialect: Dialect
}

/** The dialect in which a server gives a result, or what it says instead. */
async function find(
  options: SubjectOptions,
  secret?: string,
): Promise<Detected | Silence> {
  let silence: Silence | undefined
  for (const dialect of dialectsOf(options)) {
    const subject = createSubject({ ...options, dialect })
    const answer = await subject.send({ secret }).catch(() => undefined)
    subject.close('')
    if (!answer) continue
    if (answer.messages().some((message) => 'result' in message)) {
      return { open: true, dialect: agree(dialect, answer) }
    }
    silence ??= { answer, dialect }
    // Whoever refuses says nothing of how to speak.
    if (isRefusal(answer)) return { answer, dialect }
    if (answer.status === 0) break
  }
  if (!silence) throw new Error('Nothing was sent.')
  return silence
}

/** What is tried, the usual first; only one where it was named. */
const dialectsOf = ({ dialect }: SubjectOptions) =>
  dialect ? [dialect] : [usualDialect, statelessDialect, streamDialect]

const isRefusal = ({ status }: Answer) => [401, 403, 429].includes(status)

/** The dialect as the server agreed to it. */
function agree(dialect: Dialect, answer: Answer): Dialect {
  if (dialect.way !== 'initialize') return dialect
  const revision = agreedVersion(answer, dialect)
  return /^\d{4}-\d\d-\d\d$/.test(revision) ? { ...dialect, revision } : dialect
}

/** Whether an endpoint that gave no result is one at all. */
function explainSilence({ answer, dialect }: Silence): Omit<Detected, 'open'> {
  const { status, exchange } = answer
  const no = (unreachable: string) => ({ dialect, unreachable })
  if (status === 0) return no(`did not answer (${exchange.failure}).`)
  const speaks = answer.messages().some(({ jsonrpc }) => jsonrpc === '2.0')
  if (speaks || status === 400 || isRefusal(answer)) return { dialect }
  if (status >= 300 && status <= 399) {
    const where = placeOf(answer, exchange.request.target)
    return no(`redirects to ${where}: name that URL, no redirect is followed.`)
  }
  const [type = 'no content type'] = answer.header('content-type')
  const [kind] = type.split(';')
  return no(
    `is no MCP endpoint: it answered ${status} (${kind}) to initialize, to server/discover and to a request for an event stream.`,
  )
}

/** Where a redirect leads, without what its query may hold. */
function placeOf(answer: Answer, from: string): string {
  const [location = ''] = answer.header('location')
  const base = `http://unnamed.invalid${from}`
  if (!location || !URL.canParse(location, base)) return 'nowhere'
  const { origin, pathname } = new URL(location, base)
  return origin === 'http://unnamed.invalid' ? pathname : origin + pathname
}
