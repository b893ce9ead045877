import { request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { type StartedSubject, startSubject, stepFolder } from '@guard-up/lab'
import { afterEach, describe, expect, test } from 'vitest'
import { initializeMessage } from '../../../guardcheck/src/probe/dialect.ts'
import {
  isListening,
  startProcess,
} from '../../../guardcheck/src/process/start.ts'

const steps = [0, 1, 2]

const command: [string, ...string[]] = [
  process.execPath,
  '--import',
  'tsx',
  'src/main.ts',
]

describe.each(steps)('the process of step-%i', (step) => {
  let subject: StartedSubject | undefined
  afterEach(async () => {
    await subject?.stop()
    subject = undefined
  })

  test('prints one line on standard output: the URL of its endpoint', async () => {
    subject = await startSubject(stepFolder(step))
    const { url, process: started } = subject.options
    expect(started?.output()).toBe(`${url.href}\n`)
    expect(url.href).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/)
  })

  test('listens on IPv6 loopback when told to', async () => {
    subject = await startSubject(stepFolder(step), { HOST: '::1' })
    expect(subject.options.url.hostname).toBe('[::1]')
    expect(await isListening(subject.options.url)).toBe(true)
  })

  test('a port that is taken ends it in one sentence that names PORT', async () => {
    subject = await startSubject(stepFolder(step))
    const outcome = await startProcess({
      command,
      cwd: stepFolder(step),
      env: {
        PORT: subject.options.url.port,
        MCP_TOKENS_FILE: subject.options.keys?.file,
      },
    })
    expect(outcome).toMatchObject({
      exitCode: 1,
      output: expect.stringMatching(/^PORT .*\.\n$/),
    })
  })

  test('SIGTERM lets a call in flight finish, then ends it with 0', async () => {
    subject = await startSubject(stepFolder(step))
    const { url, token, process: started } = subject.options
    const body = JSON.stringify(initializeMessage())
    const answered = new Promise<number>((resolve, reject) => {
      const call = request(url, {
        method: 'POST',
        headers: {
          Accept: 'application/json, text/event-stream',
          Authorization: `Bearer ${token}`,
          'Content-Type': 'application/json',
          'Content-Length': body.length,
        },
      })
      call.on('error', reject)
      call.on('response', (answer) => resolve(answer.resume().statusCode ?? 0))
      call.write(body.slice(0, 10))
      void setTimeout(300)
        .then(() => process.kill(started?.pid ?? 0, 'SIGTERM'))
        .then(() => setTimeout(300))
        .then(() => call.end(body.slice(10)))
    })
    expect(await answered).toBe(200)
    await started?.ended.then((code) => expect(code).toBe(0))
    expect(await isListening(url)).toBe(false)
  })

  test('a client that keeps its connection open does not hold SIGTERM up', async () => {
    subject = await startSubject(stepFolder(step))
    const { url, process: started } = subject.options
    const answer = await fetch(url)
    await answer.text()
    const before = Date.now()
    process.kill(started?.pid ?? 0, 'SIGTERM')
    expect(await started?.ended).toBe(0)
    expect(Date.now() - before).toBeLessThan(3000)
  })
})

// main.ts is frozen from step 0 to step 1; what step 2 adds is tested there.
describe.concurrent('a mistake in the configuration', () => {
  test.each([
    ['HOST', '0.0.0.0'],
    ['HOST', '192.0.2.1'],
    ['HOST', ' '],
    ['PORT', 'many'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', ' '],
    ['OFFICE_DIR', '/dev/null'],
    ['OFFICE_STOCK_URL', 'http://stock.example/'],
  ])(
    '%s=%s ends it before it listens, in one sentence that names the variable',
    async (name, value) => {
      const env = { PORT: '0', [name]: value }
      const outcome = await startProcess({
        command,
        cwd: stepFolder(0),
        env,
      })
      if ('started' in outcome) await outcome.started.stop()
      expect(outcome).toMatchObject({ exitCode: 1 })
      const { output } = outcome as { output: string }
      expect(output).toMatch(new RegExp(`^[^\\n]*${name}[^\\n]*\\.\\n$`))
      if (value.length > 2) expect(output).not.toContain(value)
    },
  )
})
