import { setTimeout } from 'node:timers/promises'
import { createSubject } from 'guardcheck'
import type { Target } from '../attack/target.ts'

/** What a button of the plot does to the tokens. */
export const turns = ['rotate', 'revoke', 'expire'] as const
export type Turn = (typeof turns)[number]

/** What the callers came to in a moment of the plot. */
export interface Tick {
  /** Milliseconds since the traffic began. */
  at: number
  callers: Caller[]
}

interface Caller {
  name: string
  /** Requests that were answered 200, and others. */
  served: number
  failed: number
  /** Which of its tokens it used, counted from 1. */
  token: number
}

/** Traffic that goes on while its tokens are changed beneath it. */
export interface Rotation {
  turn(turn: Turn): Promise<void>
  /** Resolves when the last request is answered. */
  stop(): Promise<void>
}

/** Milliseconds between two requests of a caller, and between two ticks. */
const pace = 25
const tick = 250
/** Milliseconds within which a server notices that its tokens changed. */
const notice = 1000

interface Lane extends Caller {
  secret: string
}

/**
 * Has three callers send without a pause. One goes over to its new token
 * after a rotation; one is revoked; one lets its token come to its end.
 */
export function startRotation(
  { url, ca, keys, rotated = '', stolen }: Target,
  onTick: (tick: Tick) => void,
): Rotation {
  if (!keys) throw new Error('The tokens of this step cannot be changed.')
  const lane = (name: string, secret = ''): Lane => ({
    name,
    secret,
    served: 0,
    failed: 0,
    token: 1,
  })
  const desk = lane('desk', rotated)
  const laptop = lane('laptop', stolen.laptop)
  const slide = lane('slide', stolen.slide)
  const lanes = [desk, laptop, slide]
  const began = Date.now()
  const inFlight = new Set<Promise<void>>()
  let flowing = true
  const send = async (caller: Lane) => {
    const { status } = await createSubject({ url, ca }).send({
      secret: caller.secret,
    })
    if (status === 200) caller.served += 1
    else caller.failed += 1
  }
  const flow = async (caller: Lane) => {
    while (flowing) {
      const request = send(caller).finally(() => inFlight.delete(request))
      inFlight.add(request)
      await setTimeout(pace)
    }
  }
  const report = async () => {
    while (flowing) {
      await setTimeout(tick)
      const callers = lanes.map(({ secret: _, ...caller }) => caller)
      onTick({ at: Date.now() - began, callers })
      for (const caller of lanes)
        Object.assign(caller, { served: 0, failed: 0 })
    }
  }
  const running = [...lanes.map(flow), report()]
  let last: Promise<unknown> = Promise.resolve()
  const change = {
    async rotate() {
      const fresh = await keys.rotate('desk', '30s')
      await setTimeout(notice)
      desk.secret = fresh
      desk.token += 1
    },
    revoke: () => keys.revoke('laptop'),
    // The new secret is thrown away: what is watched is the old one's end.
    expire: async () => void (await keys.rotate('slide', '2s')),
  }
  const done = new Set<Turn>()
  return {
    turn(turn) {
      const work = last.then(async () => {
        if (turn !== 'rotate' && done.has(turn)) return
        done.add(turn)
        await change[turn]()
      })
      last = work.catch(() => {})
      return work
    },
    async stop() {
      flowing = false
      await Promise.all(running)
      await Promise.all([...inFlight, last])
    },
  }
}
