import type { Allowance, SubjectOptions } from '../probe/options.ts'

/** What is sent at most to a server that somebody else runs. */
const most = { requests: 2000, mebibytes: 16 }
/** Requests more, where floods are allowed. */
const flood = 3000

/** What all checks together may send; a server that is ours takes anything. */
export function allowanceFor(options: SubjectOptions): Allowance | undefined {
  if (options.process || options.keys) return undefined
  return {
    requests: most.requests + (options.intrusive ? flood : 0),
    bytes: most.mebibytes * 1024 * 1024,
  }
}

/** What is going to be sent, in a sentence that is kept to. */
export function announce(count: number, options: SubjectOptions): string {
  const { call, effect, mirror, url } = options
  const named = [effect ?? call, mirror].flatMap((it) => (it ? [it.name] : []))
  const tool =
    named.length > 0
      ? `no tool but ${named.join(' and ')} is called`
      : 'no tool is called'
  const allowance = allowanceFor(options)
  const size = allowance
    ? `some hundred requests, at most ${allowance.requests} and ${most.mebibytes} MiB in all`
    : 'as many requests as it takes, for the server is started here'
  const slow = options.intrusive ? ', floods and slow clients among them' : ''
  return `Judging ${count} properties of ${url.origin}${url.pathname}: ${size}${slow}; ${tool}.`
}
