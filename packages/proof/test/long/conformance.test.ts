// The official conformance suite, from the npm registry. It needs Node 22 and
// cannot send a token, so npx brings it a Node and a proxy adds the header.
import { execFile } from 'node:child_process'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import {
  findPort,
  nextFolder,
  type StartedSubject,
  startSubject,
  stepFolder,
} from '@guard-up/lab'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { whyMissing } from '../missing.ts'

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

const missing = await whyMissing(
  'The conformance suite',
  run('npx', [...npx, 'conformance', '--version'], { timeout: 240_000 }),
)

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
        const printed = await runScenario(proxy, scenario)
        expect(printed).toMatch(/Passed: (\d+)\/\1, 0 failed/)
        expect(printed).not.toContain('Passed: 0/0')
      },
      120_000,
    )
  },
)

/** Those of 2026-07-28 that ask for no more, or for little more. */
const nextScenarios = [
  'http-header-validation',
  'dns-rebinding-protection',
  'server-stateless',
]

/** What asks for tools of the suite's own, which are no tools of an office. */
const wantTools = [
  'sep-2575-http-server-no-independent-requests-on-stream',
  'sep-2575-missing-capability-http-400',
  'sep-2575-server-no-log-without-loglevel',
  'sep-2575-server-rejects-undeclared-capability',
]

describe.skipIf(missing).each([
  { tools: 'its tools', build: async () => nextFolder, failing: wantTools },
  { tools: "the suite's tools too", build: buildTools, failing: [] },
])('the conformance suite on step-3-next with $tools', (it) => {
  let subject: StartedSubject
  let proxy: Server
  beforeAll(async () => {
    const [port, front] = [await findPort(), await findPort()]
    const here = `127.0.0.1:${front}`
    // The proxy takes the place of one that ends TLS: names and origins are
    // judged by the server, as they were sent.
    subject = await startSubject(await it.build(), {
      PORT: `${port}`,
      PUBLIC_URL: `https://${here}/mcp`,
      ALLOWED_ORIGINS: `http://${here}`,
      TRUSTED_PROXY: '127.0.0.1',
      TLS_KEY_FILE: '',
      TLS_CERT_FILE: '',
    })
    proxy = await startProxy(subject, 3, { port, front })
  }, 30_000)
  afterAll(async () => {
    proxy?.close()
    await subject?.stop()
  })

  test.each(nextScenarios)(
    '%s passes by 2026-07-28, but for what wants a tool',
    async (scenario) => {
      const failing = scenario === 'server-stateless' ? it.failing : []
      const printed = await runScenario(proxy, scenario, [
        '--spec-version',
        '2026-07-28',
      ])
      const failed = printed.matchAll(/\[([\w-]+) *\] FAILURE/g)
      expect([...failed].map(([, id]) => id).sort()).toEqual(failing)
      const [, passed, all] = /Passed: (\d+)\/(\d+)/.exec(printed) ?? []
      expect(Number(passed)).toBeGreaterThan(0)
      expect(Number(all) - Number(passed)).toBe(failing.length)
    },
    120_000,
  )
})

/**
 * Builds step-3-next with three tools more, as whoever adds tools would: they
 * are registered, and `scopes.ts` says what each asks of its caller.
 */
async function buildTools(): Promise<string> {
  const folder = join(nextFolder, '.built', 'tools')
  await rm(folder, { recursive: true, force: true })
  for (const part of ['src', 'test']) {
    await cp(join(nextFolder, part), join(folder, part), { recursive: true })
  }
  const tools = [
    'test_missing_capability',
    'test_streaming_elicitation',
    'test_logging_tool',
  ]
  const entries = tools.map((name) => `  ['${name}', 'documents:read'],\n`)
  const changes = [
    ['mcp.ts', "'./tools.ts'", "'../test/tools.ts'"],
    ['scopes.ts', "'refunds:write'],\n", `$&${entries.join('')}`],
  ] as const
  for (const [file, before, after] of changes) {
    const place = join(folder, 'src', file)
    const text = await readFile(place, 'utf8')
    if (!text.includes(before)) throw new Error(`${file} lacks ${before}.`)
    await writeFile(place, text.replace(before, after))
  }
  return folder
}

/** Runs one scenario on what is behind a proxy; resolves with its report. */
async function runScenario(
  proxy: Server,
  scenario: string,
  options: string[] = [],
): Promise<string> {
  const { port } = proxy.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/mcp`
  const asked = ['--url', url, '--scenario', scenario, ...options]
  const { stdout } = await run(
    'npx',
    [...npx, 'conformance', 'server', ...asked],
    { timeout: 110_000 },
    // It exits 1 where a check fails, which is told in what it printed.
  ).catch((error: { stdout: string }) => error)
  return stripVTControlCharacters(stdout)
}

/** Passes everything on, with the Authorization header of a good caller. */
function startProxy(
  { options }: StartedSubject,
  step: number,
  { port = Number(options.url.port), front = 0 } = {},
): Promise<Server> {
  const { hostname } = options.url
  const credential = { authorization: `Bearer ${options.token}` }
  const server = createServer((req, res) => {
    const headers = {
      ...req.headers,
      ...(step === 0 ? {} : credential),
      'X-Forwarded-Proto': 'https',
    }
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
    server.listen(front, '127.0.0.1', () => resolve(server))
  })
}
