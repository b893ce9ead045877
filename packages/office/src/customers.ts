import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { OfficeError, refuseGone, shorten, showUnseen } from './refusal.ts'

export interface Rows {
  columns: string[]
  rows: (string | number | null)[][]
}

export interface Customers {
  /** The rows of one read-only statement; `values` bind its `?`. */
  query(sql: string, values?: string[], caller?: AbortSignal): Promise<Rows>
  close(): Promise<void>
}

const maxSqlLength = 10_000
const maxWaiting = 64
const answerWithin = 2_000
// Generous, because a cold and busy machine may need long to load SQLite.
const startWithin = 10_000

/** Answers one query at a time, and survives one that would run for ever. */
export function openCustomers(): Customers {
  let clerk: Worker | undefined
  let stop = new AbortController()
  let closed = false
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0

  async function query(
    sql: string,
    values: string[] = [],
    caller?: AbortSignal,
  ): Promise<Rows> {
    refuseClosed()
    if (sql.length > maxSqlLength) {
      throw new OfficeError(`The query is over ${maxSqlLength} characters.`)
    }
    // SQLite would stop reading there and take the rest for nothing.
    if (sql.includes('\0')) throw new OfficeError('The query has a NUL in it.')
    if (waiting >= maxWaiting) {
      throw new OfficeError('The database is busy: ask again later.')
    }
    waiting++
    const take = () => {
      refuseGone(caller)
      return ask(sql, values)
    }
    const turn = last.then(take).finally(() => waiting--)
    last = turn.catch(() => {})
    return turn
  }

  async function ask(sql: string, values: string[]): Promise<Rows> {
    refuseClosed()
    stop = new AbortController()
    clerk ??= await startClerk(stop).catch((error) => {
      refuseClosed()
      throw error
    })
    clerk.ref()
    clerk.postMessage({ sql, values })
    try {
      const answer = await hear(clerk, answerWithin, stop)
      clerk.unref()
      if (answer.refusal === undefined) return answer
      throw new OfficeError(showUnseen(shorten(answer.refusal, 200)))
    } catch (error) {
      if (error instanceof OfficeError) throw error
      await clerk.terminate()
      clerk = undefined
      refuseClosed()
      throw new OfficeError(
        stop.signal.aborted
          ? 'The query took over 2 seconds and was stopped.'
          : 'The query could not be run.',
      )
    }
  }

  function refuseClosed(): void {
    if (closed) throw new OfficeError('The office is closed.')
  }

  async function close(): Promise<void> {
    closed = true
    stop.abort()
    await last
    await clerk?.terminate()
  }

  return { query, close }
}

/** A thread with a database of its own; idle, it holds no process open. */
async function startClerk(stop: AbortController): Promise<Worker> {
  const clerk = new Worker(new URL('./clerk.mjs', import.meta.url), {
    // The process may run under a TypeScript loader; the thread needs none,
    // and what runs callers' SQL needs no environment.
    execArgv: [],
    env: {},
    workerData: new URL('../data/customers.sql', import.meta.url).href,
  })
  // A crash is told to whoever waits; without a listener it ends the process.
  clerk.on('error', () => {})
  try {
    await hear(clerk, startWithin, stop)
    return clerk
  } catch (error) {
    await clerk.terminate()
    throw error
  }
}

/** The next message; rejects at a crash, a stop, or after `within` ms. */
async function hear(clerk: Worker, within: number, stop: AbortController) {
  const timer = setTimeout(() => stop.abort(), within)
  try {
    const [message] = await once(clerk, 'message', { signal: stop.signal })
    return message
  } finally {
    clearTimeout(timer)
  }
}
