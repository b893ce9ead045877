// Step 3 on bad days: each ends in figures.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { stepFolder } from '@guard-up/lab'
import { openLiar } from 'guardcheck'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countOf, type Day, lostOf, openDay, report, run } from './day.ts'

let day: Day
beforeAll(async () => {
  day = await openDay()
}, 60_000)
afterAll(() => day?.close())

/** What a disk is like for one process, which a namespace of its own sees. */
const disks = {
  EROFS: 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"',
  ENOSPC:
    'cp "$1/tokens.json" "$1/../kept" && ' +
    'mount -t tmpfs -o size=4k,mode=700 tmpfs "$1" && ' +
    'install -m 600 "$1/../kept" "$1/tokens.json"',
}

const noNamespace = await run('unshare', ['-rm', 'true']).then(
  () => '',
  () => 'A disk cannot be made full for one process: unshare -rm fails.',
)
if (noNamespace) console.warn(`Skipped: ${noNamespace}`)

test.skipIf(noNamespace).each(Object.entries(disks))(
  'a rotation that the disk refuses with %s says so and changes nothing',
  async (code, mount) => {
    const before = readFileSync(day.file, 'utf8')
    const stop = day.load()
    const rotate = 'exec "$0" --import tsx bin/key.ts --lang en rotate desk'
    const rotated = await run(
      'unshare',
      [
        '-rm',
        'sh',
        '-c',
        `${mount} && ${rotate}`,
        process.execPath,
        day.folder,
      ],
      {
        cwd: stepFolder(2),
        env: { ...process.env, MCP_TOKENS_FILE: day.file },
      },
    ).catch((failed: { stdout: string; stderr: string }) => failed)
    const sent = await stop()
    report(`disk-${code}`, countOf(sent))
    expect(rotated.stdout).toBe('')
    expect(rotated.stderr).toBe(`${day.file} cannot be written (${code}).\n`)
    expect(readFileSync(day.file, 'utf8')).toBe(before)
    expect(lostOf(sent)).toEqual([])
  },
)

test('a certificate that is replaced under load costs no call', async () => {
  const stop = day.load()
  await setTimeout(500)
  const written = Date.now()
  // In either order: what does not fit together yet never counts.
  for (const [from, to] of [
    [day.other.keyFile, 'key.pem'],
    [day.other.certFile, 'cert.pem'],
  ] as const) {
    writeFileSync(join(day.home, `${to}.new`), readFileSync(from), {
      mode: 0o600,
    })
    renameSync(join(day.home, `${to}.new`), join(day.home, to))
  }
  const { shown: before } = await day.call()
  let after = before
  while (after === before && Date.now() - written < 5_000) {
    await setTimeout(50)
    after = (await day.call()).shown
  }
  const took = Date.now() - written
  const sent = await stop()
  report('certificate', { ms: took, ...countOf(sent) })
  expect(after).not.toBe(before)
  expect(lostOf(sent)).toEqual([])
})

test('an issuer that goes and comes back costs no call with a named token', async () => {
  expect((await day.call(await day.mint())).status).toBe(200)
  const stop = day.load()
  const place = Number(new URL(day.liar.url).port)
  await day.liar.close()
  await setTimeout(2_000)
  const gone = await day.call(await day.mint())
  day.liar = await openLiar(undefined, place)
  const back = Date.now()
  let status = 0
  while (status !== 200 && Date.now() - back < 20_000) {
    await setTimeout(100)
    status = (await day.call(await day.mint())).status
  }
  const took = Date.now() - back
  const sent = await stop()
  report('issuer-gone', { status: gone.status, ms: took, ...countOf(sent) })
  expect(gone.status).not.toBe(200)
  expect(status).toBe(200)
  expect(lostOf(sent)).toEqual([])
})

test('SIGTERM under load cuts no call that was taken on', async () => {
  const stop = day.load()
  await setTimeout(500)
  const asked = Date.now()
  process.kill(day.server.pid, 'SIGTERM')
  const code = await day.server.ended
  const took = Date.now() - asked
  const sent = await stop()
  const cut = lostOf(sent).filter(({ connected }) => connected)
  report('sigterm', { ms: took, calls: sent.length, cut: cut.length })
  expect(code).toBe(0)
  expect(cut).toEqual([])
  expect(sent.length - lostOf(sent).length).toBeGreaterThan(10)
})
