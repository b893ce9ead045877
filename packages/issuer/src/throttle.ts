import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

/** Counts tries in several ways; the first that is full refuses. */
class Throttle {
  readonly #limits: { limiter: RateLimiterMemory; keyOf: KeyOf }[]

  constructor(...limits: { points: number; minutes: number; keyOf: KeyOf }[]) {
    this.#limits = limits.map(({ points, minutes, keyOf }) => ({
      limiter: new RateLimiterMemory({ points, duration: minutes * 60 }),
      keyOf,
    }))
  }

  /** Seconds until a try is possible again; 0 when this one counts. */
  async try(address: string, name = ''): Promise<number> {
    for (const { limiter, keyOf } of this.#limits) {
      const result = await limiter
        .consume(keyOf(address, name))
        .catch((refusal: unknown) => refusal)
      if (!(result instanceof RateLimiterRes)) throw result
      const full = result.consumedPoints > limiter.points
      if (full) return Math.ceil(result.msBeforeNext / 1000)
    }
    return 0
  }

  /** Takes a try back that was none: the password was right. */
  async forgive(address: string, name = ''): Promise<void> {
    for (const { limiter, keyOf } of this.#limits) {
      await limiter.reward(keyOf(address, name))
    }
  }
}

type KeyOf = (address: string, name: string) => string

/**
 * Guesses of passwords. The tightest limit is for one name from one address,
 * so that whoever guesses does not lock the person out elsewhere.
 */
export const createGuesses = () =>
  new Throttle(
    { points: 30, minutes: 10, keyOf: (address) => address },
    { points: 10, minutes: 10, keyOf: (address, name) => `${address} ${name}` },
    { points: 100, minutes: 60, keyOf: (_address, name) => name },
  )

/** Registrations of clients that nobody here knows. */
export const createRegistrations = () =>
  new Throttle({ points: 20, minutes: 60, keyOf: (address) => address })

export type { Throttle }
