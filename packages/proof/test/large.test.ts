import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createSecret, startSubject, stepFolder } from '@guard-up/lab'
import { expect, test } from 'vitest'

/** Far more than what fits on the way while nobody reads. */
const body = Buffer.alloc(10 * 1024 * 1024, 0x20)

/** The status that Node's own client reads while it sends all of the body. */
function post(url: URL, ca?: string): Promise<number | undefined> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const headers = {
      Authorization: `Bearer ${createSecret()}`,
      'Content-Type': 'application/json',
      'Content-Length': body.length,
    }
    const req = send(url, { method: 'POST', headers, ca }, (res) => {
      res.resume()
      res.on('end', () => resolve(res.statusCode))
      res.on('error', reject)
    })
    // What is left of the body cannot be sent once the server has closed.
    req.on('error', reject)
    req.end(body)
  })
}

test.each([1, 2, 3])(
  'step %i refuses a large body while it is sent, and the sender can read why',
  async (step) => {
    const { options, stop } = await startSubject(stepFolder(step))
    try {
      const statuses: unknown[] = []
      // At step 3, nobody has more than 20 guesses in a minute.
      for (let tries = 0; tries < 5; tries += 1) {
        statuses.push(await post(options.url, options.ca).catch(String))
      }
      expect(statuses).toEqual(statuses.map(() => 401))
    } finally {
      await stop()
    }
  },
)
