// What a host carries into a room without a network: made by the command of
// the guide, unpacked into an empty home, and run with no network at all.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attacks } from '../../src/attack/list.ts'
import { createEnv, createFolder, start, startWorkshop } from '../run.ts'

/** Runs a line where nothing is reached but this machine itself. */
const alone = (line: string) => [
  '-rn',
  'sh',
  '-c',
  `ip link set lo up; ${line}`,
]
const cut = spawnSync('unshare', alone('true')).status === 0
const why = cut ? '' : 'the network cannot be taken away here (unshare, ip).'
if (why) console.warn(`The archive is skipped: ${why}`)

test.skipIf(why)(
  'one archive is enough for a machine that has no network',
  async () => {
    const folder = createFolder()
    const file = join(folder, 'room.tar.gz')
    const platform = `${process.platform}-${process.arch}`
    const made = startWorkshop(['host', 'archive', file, '--for', platform])
    expect(await made.ended, made.stderr()).toBe(0)
    expect(made.stdout()).toContain(platform)
    expect(readdirSync(folder)).toEqual(['room.tar.gz'])

    execFileSync('tar', ['-xzf', file], { cwd: folder })
    const cwd = join(folder, 'guard-up')
    // What npm wrote down tells the folders of the machine that made it.
    expect(readdirSync(join(cwd, '.offline/npm'))).not.toContain('_logs')
    expect(readdirSync(join(cwd, '.git'))).not.toContain('logs')
    const home = join(folder, 'home')
    mkdirSync(home)
    const env = createEnv({ HOME: home })
    const run = async (line: string) => {
      const started = start('unshare', alone(line), { cwd, env })
      const code = await started.ended
      return { code, out: started.stdout(), said: started.stderr() }
    }
    const network = await run(
      `node -e "fetch('http://192.0.2.1').then(() => process.exit(9))"`,
    )
    expect(network.code).toBe(1)
    const tour = await run('npm start -- --once')
    expect(tour.code, tour.said).toBe(0)
    for (const { title } of attacks) expect(tour.out).toContain(title.en)
    const exercise = await run('npm run exercise 1 -- --once')
    expect(exercise.code, exercise.said).toBe(1)
    expect(exercise.out).toContain('bearer/missing-401-challenge')
    const status = ['status', '--porcelain']
    expect(execFileSync('git', status, { cwd, encoding: 'utf8' })).toBe('')
  },
)

test('an archive that cannot be written is refused in one sentence', async () => {
  const file = join(createFolder(), 'nowhere', 'room.tar.gz')
  const { ended, stderr } = startWorkshop(['host', 'archive', file])
  expect(await ended).toBe(2)
  expect(stderr()).toMatch(/^No archive: there is no folder .*nowhere\.\n$/)
})

test('an archive that is stopped leaves nothing', async () => {
  const folder = createFolder()
  const file = join(folder, 'room.tar.gz')
  const started = startWorkshop(['host', 'archive', file])
  await started.printed('Fetching')
  started.kill('SIGINT')
  expect(await started.ended).toBe(130)
  expect(readdirSync(folder)).toEqual([])
  expect(existsSync(`${file}.part`)).toBe(false)
})
