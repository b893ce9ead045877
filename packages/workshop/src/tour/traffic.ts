import { setTimeout } from 'node:timers/promises'
import { createSubject } from 'guardcheck'
import type { Target } from '../attack/target.ts'

/** What came of honest traffic while the key was rotated beneath it. */
export interface Traffic {
  sent: number
  failed: number
}

/** Milliseconds between two requests. */
const pace = 10
/** Milliseconds of traffic before the rotation, and after the switch. */
const lead = 300
/** Milliseconds within which a server notices that its tokens changed. */
const notice = 1000

/**
 * Sends requests without a pause while the caller's secret is rotated, and
 * goes over to the new one while both work.
 */
export async function rotateUnderTraffic(
  { url, ca, keys, rotated = '' }: Target,
  onRequest: (traffic: Traffic) => void,
): Promise<Traffic | undefined> {
  if (!keys) return undefined
  const traffic: Traffic = { sent: 0, failed: 0 }
  const inFlight = new Set<Promise<void>>()
  let current = rotated
  let flowing = true
  const send = async () => {
    const { status } = await createSubject({ url, ca }).send({
      secret: current,
    })
    traffic.sent += 1
    if (status !== 200) traffic.failed += 1
    onRequest(traffic)
  }
  const flow = async () => {
    while (flowing) {
      const request = send().finally(() => inFlight.delete(request))
      inFlight.add(request)
      await setTimeout(pace)
    }
    await Promise.all(inFlight)
  }
  const flowed = flow()
  try {
    await setTimeout(lead)
    const fresh = await keys.rotate('desk', '30s')
    await setTimeout(notice)
    current = fresh
    await setTimeout(lead)
  } finally {
    flowing = false
    await flowed
  }
  return traffic
}
