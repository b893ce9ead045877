import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

/** Has Node say how long the connection of a request may stand still. */
const telling = `data:text/javascript,${encodeURIComponent(`
  import { subscribe } from 'node:diagnostics_channel'
  subscribe('http.server.request.start', ({ socket, request }) =>
    console.log((socket ?? request.socket).timeout))`)}`

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

// Not waited for: Node keeps the time, and what it was told is looked at.
test('a connection on which an answer stands still has two minutes', async () => {
  const home = mkdtempSync(join(tmpdir(), 'guard-up-timeout-'))
  const port = await findPort()
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--import', telling, 'src/main.ts'],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: `${port}`,
        OFFICE_DIR: home,
        OAUTH_ISSUER: 'https://issuer.example',
        TRUSTED_PROXY: '127.0.0.1',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 30_000,
    },
  )
  const closed = once(child, 'close')
  onTestFinished(async () => {
    child.kill()
    await closed
    rmSync(home, { recursive: true })
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  expect((await lines.next()).value).toMatch(/^https:/)
  await fetch(`http://127.0.0.1:${port}/healthz`)
  expect((await lines.next()).value).toBe('120000')
})
