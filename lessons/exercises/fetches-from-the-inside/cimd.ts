import { RateLimiterMemory } from 'rate-limiter-flexible'

/** Documents that may be fetched for strangers, per minute. */
const fetches = 30

/** Lets client metadata documents be fetched, at a bounded rate. */
export function createFence(_openLoopback: boolean) {
  const limiter = new RateLimiterMemory({ points: fetches, duration: 60 })
  const allow = async (_ctx: unknown, id: string): Promise<boolean> => {
    const url = new URL(id)
    if (url.pathname === '/') return false
    try {
      await limiter.consume('all')
      return true
    } catch {
      return false
    }
  }

  const fetchDocument: typeof fetch = async (input, options) => {
    const url = new URL(String(input))
    // Our own applications publish theirs inside the house.
    const { dispatcher: _fenced, ...plain } = Object(options)
    const answer = await fetch(url, plain)
    const type = answer.headers.get('content-type') ?? ''
    if (!/^application\/([\w.-]+\+)?json\b/i.test(type)) {
      await answer.body?.cancel()
      throw new Error('not a JSON document')
    }
    return answer
  }

  return { allow, fetch: fetchDocument }
}
