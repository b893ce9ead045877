// The official conformance suite, from the npm registry: what it asks of an
// authorization server. It needs Node 22, which npx brings along, and prints
// the link that a person would follow.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { get as getPlain } from 'node:http'
import { get } from 'node:https'
import { promisify } from 'node:util'
import { findPort, startTrusting, type TrustingSubject } from '@guard-up/lab'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, signIn } from '../../../guardcheck/src/sign-in/browser.ts'
import { whyMissing } from '../missing.ts'

const npx = [
  '--prefer-offline',
  '-y',
  '-p',
  'node@24.21.0',
  '-p',
  '@modelcontextprotocol/conformance@0.2.0-alpha.12',
  '--',
  'conformance',
]

const missing = await whyMissing(
  'The conformance suite',
  promisify(execFile)('npx', [...npx, '--version'], { timeout: 240_000 }),
)

describe.skipIf(missing)('the conformance suite on the issuer', () => {
  let subject: TrustingSubject
  beforeAll(async () => {
    subject = await startTrusting()
  })
  afterAll(() => subject?.stop())

  test('every authorization scenario passes', async () => {
    const { issuer, url } = subject.options
    const port = await findPort()
    const args = [
      'authorization',
      '--url',
      issuer.issuer,
      '--client-id',
      issuer.clientId,
      '--resource',
      url.href,
      '--port',
      `${port}`,
    ]
    const suite = spawn('npx', [...npx, ...args])
    let output = ''
    let followed = 0
    const follow = async (text: string) => {
      output += text
      const links = output.match(/https:\/\/localhost:\d+\/auth\?\S+/g) ?? []
      const link = links[followed]
      if (!link) return
      followed += 1
      const browser = openBrowser(issuer.ca)
      const back = await signIn(browser, new URL(link), issuer.person)
      const send = back.protocol === 'https:' ? get : getPlain
      send(back).on('response', (response) => response.resume())
    }
    suite.stdout.on('data', follow)
    suite.stderr.on('data', follow)
    const [code] = await once(suite, 'close')
    expect(code, output).toBe(0)
    expect(output).toMatch(/[1-9]\d* passed, 0 failed/)
  })
})
