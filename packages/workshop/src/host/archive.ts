import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  appendFile,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../repository.ts'

/** Machines that everything here has been built for. */
export const platforms = [
  'linux-x64',
  'linux-arm64',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64',
  'win32-arm64',
] as const

export type Platform = (typeof platforms)[number]

/** What making an archive comes to, and what is told meanwhile. */
export interface ArchiveOptions {
  file: string
  platforms: readonly Platform[]
  onStage(stage: Stage, done?: number): void
  signal: AbortSignal
}

/** What was made: for whom, and whether there is more than was committed. */
export interface Made {
  bytes: number
  dirty: boolean
  served: Platform[]
}

export type Stage = 'copying' | 'fetching' | 'fetchingPnpm' | 'packing'

/** An archive cannot be made, for a reason that has a name. */
export class NoArchive extends Error {
  readonly reason: 'noClone' | 'noFetch' | 'noFolder'
  readonly detail: string
  constructor(reason: NoArchive['reason'], detail: string) {
    super(`${reason} ${detail}`)
    this.reason = reason
    this.detail = detail
  }
}

const run = promisify(execFile)

/** Where the archive keeps what would come from the network. */
const kept = '.offline'

/**
 * Packs the last commit together with everything that an install needs, so
 * that it works with the network off. Throws `NoArchive`; leaves no half of a
 * file behind.
 */
export async function makeArchive({
  file,
  platforms,
  onStage,
  signal,
}: ArchiveOptions): Promise<Made> {
  const target = resolve(file)
  if (!existsSync(dirname(target))) {
    throw new NoArchive('noFolder', dirname(file))
  }
  const work = await mkdtemp(join(tmpdir(), 'guard-up-archive-'))
  const partial = `${target}.part`
  try {
    const copy = join(work, 'guard-up')
    onStage('copying')
    const dirty = await copyCommit(copy, signal)
    const served = await fetchAll(copy, { platforms, onStage, signal })
    onStage('packing', 0)
    let count = 0
    const { create } = await import('tar')
    await create(
      {
        cwd: work,
        file: partial,
        gzip: true,
        // No names or numbers of the people of this machine.
        portable: true,
        filter: (path) => basename(path) !== 'node_modules',
        onWriteEntry() {
          signal.throwIfAborted()
          count += 1
          if (count % 500 === 0) onStage('packing', count)
        },
      },
      ['guard-up'],
    )
    await rename(partial, target)
    return { bytes: (await stat(target)).size, dirty, served }
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 5 })
    await rm(partial, { force: true })
  }
}

/**
 * Puts the last commit into a folder, ready for a machine without a network.
 * Nothing in it tells who made it, or where; resolves with whether there is
 * more than was committed.
 */
export async function copyCommit(
  copy: string,
  signal: AbortSignal,
): Promise<boolean> {
  const dirty = await cloneInto(copy, signal)
  await readyOffline(copy, signal)
  return dirty
}

/** Who commits in the copy, whatever the maker's own environment says. */
const nobody = { name: 'guard-up', email: 'guard-up@localhost' }

/** Runs git so that it writes down neither a log nor what it was told. */
function git(args: string[], cwd: string, signal: AbortSignal) {
  return run('git', ['-c', 'core.logAllRefUpdates=false', ...args], {
    cwd,
    signal,
    env: {
      ...process.env,
      TZ: 'UTC',
      GIT_AUTHOR_NAME: nobody.name,
      GIT_AUTHOR_EMAIL: nobody.email,
      GIT_COMMITTER_NAME: nobody.name,
      GIT_COMMITTER_EMAIL: nobody.email,
    },
  })
}

/** Clones the last commit; resolves with whether there is more than that. */
async function cloneInto(copy: string, signal: AbortSignal): Promise<boolean> {
  const from = new URL(`file://${resolve(root)}`).href
  try {
    const { stdout } = await git(['status', '--porcelain'], root, signal)
    // No template: the maker's hooks and excludes are not for the copy.
    const clone = ['clone', '--quiet', '--template=', '--depth', '1']
    await git([...clone, from, copy], root, signal)
    // It leads to a folder that is on no other machine.
    await git(['remote', 'remove', 'origin'], copy, signal)
    return stdout.trim() !== ''
  } catch (error) {
    signal.throwIfAborted()
    throw new NoArchive('noClone', `${Object(error).stderr}`.trim())
  }
}

/** Has npm and pnpm of the copy look into its own folder, and commits that. */
async function readyOffline(copy: string, signal: AbortSignal): Promise<void> {
  const registry = (
    await runNpm('npm', ['config', 'get', 'registry'], root, {}, signal)
  ).trim()
  const settings = [
    `cache=${kept}/npm`,
    // What is cached is found by its whole address.
    `registry=${registry}`,
    'prefer-offline=true',
    'fetch-retries=0',
    'update-notifier=false',
    'audit=false',
    'fund=false',
  ]
  await writeFile(join(copy, '.npmrc'), `${settings.join('\n')}\n`)
  await appendFile(
    join(copy, 'pnpm-workspace.yaml'),
    [
      '',
      '# Everything is here, checked when it was packed: nothing is asked of the',
      '# network.',
      `storeDir: ${kept}/store`,
      'offline: true',
      'trustLockfile: true',
      '',
    ].join('\n'),
  )
  await git(['add', '.npmrc'], copy, signal)
  const commit = ['commit', '--quiet', '--all', '--no-verify', '--no-gpg-sign']
  const message = 'chore: installs without the network'
  await git([...commit, '--message', message], copy, signal)
}

/** Fills the store and the cache of the copy; resolves with whom they serve. */
async function fetchAll(
  copy: string,
  {
    platforms,
    onStage,
    signal,
  }: Pick<ArchiveOptions, 'platforms' | 'onStage' | 'signal'>,
): Promise<Platform[]> {
  const text = await readFile(join(copy, 'package.json'), 'utf8')
  const pnpm: string = JSON.parse(text).packageManager
  const version = pnpm.replace('pnpm@', '')
  const cache = join(copy, kept, 'npm')
  onStage('fetchingPnpm')
  // Run once, so that all is there that a first run asks for.
  await runNpm('npx', ['-y', pnpm, '--version'], copy, { cache }, signal)
  const served: Platform[] = []
  for (const platform of platforms) {
    const binary = `@pnpm/exe.${platform}@${version}`
    const add = ['cache', 'add', binary]
    const found = await runNpm('npm', add, copy, { cache }, signal).catch(
      (error) => {
        // A mirror may lack what no machine behind it runs.
        if (platforms.length === 1 || !(error instanceof NoArchive)) throw error
      },
    )
    if (found !== undefined) served.push(platform)
  }
  if (served.length === 0) throw new NoArchive('noFetch', `pnpm ${version}`)
  await rm(join(cache, '_npx'), { recursive: true, force: true })
  onStage('fetching')
  const parts = served.map((platform) => platform.split('-'))
  const unique = (at: number) => [...new Set(parts.map((part) => part[at]))]
  const install = [
    'install',
    '--frozen-lockfile',
    '--no-offline',
    '--no-trust-lockfile',
  ]
  const chosen = [
    ...unique(0).flatMap((os) => ['--os', `${os}`]),
    ...unique(1).flatMap((cpu) => ['--cpu', `${cpu}`]),
  ]
  await runNpm('npx', ['-y', pnpm, ...install, ...chosen], copy, {}, signal)
  // They tell folders of this machine.
  await rm(join(cache, '_logs'), { recursive: true, force: true })
  return served
}

/** Runs npm or npx in a folder; resolves with what it printed. */
async function runNpm(
  command: 'npm' | 'npx',
  args: string[],
  cwd: string,
  { cache }: { cache?: string },
  signal: AbortSignal,
): Promise<string> {
  const windows = process.platform === 'win32'
  // What npm told this process about itself is not for the copy.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_config_(cache|prefer_offline|offline)$/i.test(name),
    ),
  )
  try {
    const { stdout } = await run(windows ? `${command}.cmd` : command, args, {
      cwd,
      env: { ...env, ...(cache && { npm_config_cache: cache }) },
      shell: windows,
      signal,
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout
  } catch (error) {
    signal.throwIfAborted()
    const { stderr = '', stdout = '', message } = Object(error)
    const lines = `${stderr}\n${stdout}`.split('\n')
    const said = lines.find((line) => /ERR_|^npm error (?!code)/.test(line))
    throw new NoArchive('noFetch', `${said ?? message}`.trim())
  }
}
