import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { RateLimiterMemory } from 'rate-limiter-flexible'

/** Documents that may be fetched for strangers, per minute. */
const fetches = 30

/**
 * Lets client metadata documents be fetched, but none of a private network.
 * `openLoopback` is for tests: documents on this machine are fetched too.
 */
export function createFence(openLoopback: boolean) {
  const limiter = new RateLimiterMemory({ points: fetches, duration: 60 })
  const isOpen = (url: URL) => openLoopback && isLoopback(url.hostname)

  /** Looks before it connects; the library looks again at the socket. */
  const allow = async (_ctx: unknown, id: string): Promise<boolean> => {
    const url = new URL(id)
    if (url.pathname === '/') return false
    try {
      await limiter.consume('all')
      if (isOpen(url)) return true
      const found = await lookup(unbracket(url.hostname), { all: true })
      return found.every(({ address }) => isPublic(address))
    } catch {
      return false
    }
  }

  const fetchDocument: typeof fetch = async (input, options) => {
    const url = new URL(String(input))
    // The library's dispatcher cuts every connection to a private address.
    const { dispatcher: _fenced, ...plain } = Object(options)
    const answer = await fetch(url, isOpen(url) ? plain : options)
    const type = answer.headers.get('content-type') ?? ''
    if (!/^application\/([\w.-]+\+)?json\b/i.test(type)) {
      await answer.body?.cancel()
      throw new Error('not a JSON document')
    }
    return answer
  }

  return { allow, fetch: fetchDocument }
}

const unbracket = (host: string) => host.replace(/^\[|\]$/g, '')

const isPublic = (address: string) =>
  ipaddr.process(address).range() === 'unicast'

const isLoopback = (host: string) => {
  const name = unbracket(host)
  if (name === 'localhost') return true
  return ipaddr.isValid(name) && ipaddr.process(name).range() === 'loopback'
}
