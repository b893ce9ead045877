import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

/** Who tries: an address, or a device that somebody has signed in from. */
interface Try {
  address: string
  name: string
  device?: string
}

type Limit = [limiter: RateLimiterMemory, key: string]

const minute = 60
const hour = 60 * minute

/** Milliseconds that every try takes while a name is being guessed. */
const pause = 2_000

/**
 * Counts guesses of passwords. An address is refused for its own guesses
 * only. When a name is guessed from many addresses, each of them has fewer
 * tries and all of them wait a little, but an address that has not guessed is
 * never refused: strangers cannot lock a person out. A device that the person
 * has signed in from is counted by itself.
 */
export class Guesses {
  readonly #byAddress = limit(30, 10 * minute)
  readonly #byBoth = limit(10, 10 * minute)
  readonly #byBothWhenGuessed = limit(3, hour)
  readonly #byDevice = limit(10, 10 * minute)
  readonly #byName = limit(100, hour)

  /** Seconds until a try is possible again; 0 when this one counts. */
  async try({ address, name, device }: Try): Promise<number> {
    if (device && (await consume([this.#byDevice, device])) === 0) return 0
    const guessed = (await this.#byName.get(name))?.remainingPoints === 0
    const wait = await consume(...this.#limits(address, name, guessed))
    if (wait === 0 && guessed) await setTimeout(pause)
    return wait
  }

  /** Counts for the name what was no more than a try until it was wrong. */
  async blame({ name, device }: Try): Promise<void> {
    if (!device) await consume([this.#byName, name])
  }

  /** Takes a try back that was no guess: the password was right. */
  async forgive({ address, name, device }: Try): Promise<void> {
    if (device) return void (await this.#byDevice.delete(device))
    for (const [limiter, key] of this.#limits(address, name, true)) {
      if (await limiter.get(key)) await limiter.reward(key)
    }
  }

  #limits(address: string, name: string, guessed: boolean): Limit[] {
    const both = `${address} ${name}`
    const limits: Limit[] = [
      [this.#byAddress, address],
      [this.#byBoth, both],
    ]
    return guessed ? [...limits, [this.#byBothWhenGuessed, both]] : limits
  }
}

const limit = (points: number, duration: number) =>
  new RateLimiterMemory({ points, duration })

/** Seconds until the first that is full has room; 0 when all had. */
async function consume(...limits: Limit[]): Promise<number> {
  for (const [limiter, key] of limits) {
    const result = await limiter.consume(key).catch((refusal) => refusal)
    if (!(result instanceof RateLimiterRes)) throw result
    const full = result.consumedPoints > limiter.points
    if (full) return Math.ceil(result.msBeforeNext / 1000)
  }
  return 0
}

/** Registrations of clients that nobody here knows. */
export function createRegistrations() {
  const limiter = limit(20, hour)
  return { try: (address: string) => consume([limiter, address]) }
}

/**
 * Tells the devices that a person has signed in from: a cookie that nobody
 * else can make, good for that name and for nothing but a count of its own.
 */
export class Devices {
  readonly #key: string

  constructor(key: string) {
    this.#key = key
  }

  mint(name: string): string {
    const id = randomBytes(16).toString('base64url')
    return `${id}.${this.#sign(id, name).toString('base64url')}`
  }

  /** The device's id, where its cookie was made for this name. */
  read(cookie: string, name: string): string | undefined {
    const [id = '', given = ''] = cookie.split('.')
    const expected = this.#sign(id, name)
    const found = Buffer.from(given, 'base64url')
    const same =
      found.length === expected.length && timingSafeEqual(found, expected)
    return same ? id : undefined
  }

  #sign(id: string, name: string): Buffer {
    return createHmac('sha256', this.#key)
      .update(`device ${id} ${name}`)
      .digest()
  }
}
