// The official conformance suite, from the npm registry. It needs Node 22 and
// cannot send a token, so npx brings it a Node and a proxy adds the header.
import { execFile } from 'node:child_process'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type StartedSubject, startSubject, stepFolder } from '../subjects.ts'

const run = promisify(execFile)

const npx = [
  '--prefer-offline',
  '-y',
  '-p',
  'node@24.21.0',
  '-p',
  '@modelcontextprotocol/conformance@0.2.0-alpha.12',
  '--',
]

/** Why the suite cannot run here; undefined when it can. */
const missing = await run('npx', [...npx, 'conformance', '--version'], {
  timeout: 240_000,
}).then(
  () => undefined,
  (error: Error) => error.message.split('\n')[0],
)
if (missing) console.warn(`The conformance suite is skipped: ${missing}`)

/** The scored scenarios that ask for no tool, prompt or resource of theirs. */
const scenarios = ['server-initialize', 'ping', 'tools-list']

describe.skipIf(missing).each([0, 1, 2])(
  'the conformance suite on step-%i',
  (step) => {
    let subject: StartedSubject
    let proxy: Server
    beforeAll(async () => {
      subject = await startSubject(stepFolder(step))
      proxy = await startProxy(subject, step)
    }, 30_000)
    afterAll(async () => {
      proxy?.close()
      await subject?.stop()
    })

    test.each(scenarios)(
      '%s passes',
      async (scenario) => {
        const { port } = proxy.address() as AddressInfo
        const url = `http://127.0.0.1:${port}/mcp`
        const { stdout } = await run(
          'npx',
          [
            ...npx,
            'conformance',
            'server',
            '--url',
            url,
            '--scenario',
            scenario,
          ],
          { timeout: 110_000 },
        )
        expect(stdout).toMatch(/Passed: (\d+)\/\1, 0 failed/)
        expect(stdout).not.toContain('Passed: 0/0')
      },
      120_000,
    )
  },
)

/** Passes everything on, with the Authorization header of a good caller. */
function startProxy(
  { options }: StartedSubject,
  step: number,
): Promise<Server> {
  const { hostname, port } = options.url
  const credential = { authorization: `Bearer ${options.token}` }
  const server = createServer((req, res) => {
    const headers = { ...req.headers, ...(step === 0 ? {} : credential) }
    const { method, url: path } = req
    const onward = request(
      { hostname, port, method, path, headers },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(res)
      },
    )
    onward.on('error', () => res.destroy())
    req.pipe(onward)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}
