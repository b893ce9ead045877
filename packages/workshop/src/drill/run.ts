import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { emitKeypressEvents } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { type KeyCommand, openKeyCommand } from '@guard-up/lab'
import { createSubject, startProcess } from 'guardcheck'
import writeFileAtomic from 'write-file-atomic'
import { bench } from '../exercise/folders.ts'
import { folderOf, root } from '../repository.ts'
import { NotServing } from '../step/failure.ts'
import { wrapProse } from '../terminal/lines.ts'
import type { Showing } from '../terminal/showing.ts'
import { createTell } from '../terminal/tell.ts'
import { words } from './words.ts'

/** Requests that the caller sends in a second, and the thief. */
const rates = { caller: 50, thief: 4 }
/** Milliseconds after which the caller uses what it was handed: a server
 * notices a change within a second, and people take longer. */
const reload = 1500
/** How long old and new both work when a key of the keyboard rotates. */
const overlap = '10s'

/** What a drill came to. */
interface Tally {
  sent: number
  lost: number
  /** Seconds after which the leaked token opened nothing any more. */
  closedAfter?: number | undefined
}

/**
 * Runs the real step 2 with a caller at work and a thief with its token, and
 * counts what the learner's rotation costs. Resolves with the exit status: 0
 * when the thief is out and no request was lost.
 */
export async function runDrill(
  seconds: number,
  keyboard: boolean,
  showing: Showing,
): Promise<number> {
  const { lang, colors, width, print, progress, signal } = showing
  const tell = createTell(lang)
  const folder = join(bench, 'drill')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const tokens = join(folder, 'tokens.json')
  const handed = join(folder, 'client.token')
  const keys = openKeyCommand(folderOf(2), tokens)
  if (!keys) throw new Error('Step 2 has no command for its tokens.')
  const [leaked = ''] = await keys.mint(['desk'])
  await handOver(handed, leaked)
  const { url, stop } = await startStep(tokens)
  const say = (text: string) => {
    for (const line of wrapProse(text, width - 2)) print(`  ${line}\n`)
  }
  print(`${colors.bold(tell(words.drillTitle))}\n\n`)
  say(tell(words.drillStory, { seconds, rate: rates.caller }))
  print('\n')
  const place = relative(root, folder).replaceAll('\\', '/')
  print(`  ${tell(words.drillCommand)}\n\n`)
  print(
    `    MCP_TOKENS_FILE=${place}/tokens.json \\\n      npm run -s key -- rotate desk --overlap ${overlap} > ${place}/client.token\n\n`,
  )
  const board = keyboard ? listen(keys, handed, showing) : undefined
  const tally: Tally = { sent: 0, lost: 0 }
  const start = performance.now()
  const passed = () => (performance.now() - start) / 1000
  const over = () => signal.aborted || passed() >= seconds
  const ask = async (secret: string) => {
    const subject = createSubject({ url })
    const { status } = await subject.send({ secret })
    subject.close('')
    return status === 200
  }
  const pending = new Set<Promise<void>>()
  let current = leaked
  let next = { secret: leaked, seen: 0 }
  const send = async () => {
    const given = readHanded(handed) ?? current
    if (given !== next.secret) next = { secret: given, seen: performance.now() }
    if (performance.now() - next.seen > reload) current = next.secret
    const served = await ask(current)
    tally.sent += 1
    if (!served) tally.lost += 1
  }
  const flowing = async () => {
    for (let count = 0; !over(); count += 1) {
      const due = start + (count * 1000) / rates.caller
      await setTimeout(Math.max(0, due - performance.now()))
      const request = send().finally(() => pending.delete(request))
      pending.add(request)
    }
    await Promise.all(pending)
  }
  const thieving = async () => {
    while (!over()) {
      const opened = await ask(leaked)
      tally.closedAfter = opened ? undefined : (tally.closedAfter ?? passed())
      progress.show(
        stateOf(tally, seconds - passed(), showing),
        tell(words.drillState, values(tally)),
      )
      await setTimeout(keyboard ? 1000 / rates.thief : 1000)
    }
  }
  try {
    await Promise.all([flowing(), thieving()])
  } finally {
    progress.clear()
    board?.close()
    await stop()
    await rm(folder, { recursive: true, force: true })
  }
  return conclude(tally, say, showing)
}

/** Starts step 2 with an office of its own, which goes with it. */
async function startStep(tokens: string) {
  const office = await mkdtemp(join(tmpdir(), 'guard-up-'))
  const outcome = await startProcess({
    command: [process.execPath, '--import', 'tsx', 'src/main.ts'],
    cwd: folderOf(2),
    env: {
      PORT: '0',
      HOST: undefined,
      OFFICE_DIR: office,
      MCP_TOKENS: undefined,
      MCP_TOKENS_FILE: tokens,
    },
  })
  const clear = () => rm(office, { recursive: true, force: true })
  if (!('started' in outcome)) {
    await clear()
    throw new NotServing(2, outcome.output, false)
  }
  const { url, stop } = outcome.started
  return { url, stop: () => Promise.resolve(stop()).finally(clear) }
}

/** Says what the drill came to; the exit status. */
function conclude(
  tally: Tally,
  say: (text: string) => void,
  { lang, colors }: Showing,
): number {
  const tell = createTell(lang)
  const { lost, closedAfter } = tally
  const good = lost === 0 && closedAfter !== undefined
  say(tell(words.drillState, values(tally)))
  const after = { seconds: `${Math.round(closedAfter ?? 0)}` }
  say(
    closedAfter === undefined
      ? colors.red(tell(words.drillOpen))
      : colors.green(tell(words.drillClosed, after)),
  )
  if (lost > 0) say(colors.red(tell(words.drillLost)))
  if (good) say(colors.bold(tell(words.drillGood)))
  return good ? 0 : 1
}

const values = ({ sent, lost }: Tally) => ({ sent, lost })

/** Puts a secret where the caller reads it, whole. */
const handOver = (file: string, secret: string) =>
  writeFileAtomic(file, `${secret}\n`, { mode: 0o600 })

/** What the caller was handed; nothing while a shell is still writing it. */
function readHanded(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  return /^gup_[\w-]{43}_[0-9a-f]{8}$/m.exec(readFileSync(file, 'utf8'))?.[0]
}

/** The live state: what was sent and lost, and where the thief stands. */
function stateOf(tally: Tally, left: number, { lang, colors }: Showing) {
  const tell = createTell(lang)
  const lost = tally.lost > 0 ? colors.red : colors.green
  const out = tally.closedAfter !== undefined
  return [
    `  ${`${Math.max(0, Math.ceil(left))}`.padStart(3)} s   ${lost(tell(words.drillState, values(tally)))}`,
    `          ${out ? colors.green(tell(words.drillThiefOut)) : colors.red(tell(words.drillThiefIn))}`,
  ].join('\n')
}

/** Keys of the keyboard that stand for commands. */
function listen(keys: KeyCommand, handed: string, { lang, print }: Showing) {
  const tell = createTell(lang)
  const { stdin } = process
  print(`  ${tell(words.drillKeys, { overlap })}\n\n`)
  let busy = false
  const press = async (
    _text: string,
    key: { name?: string; ctrl?: boolean },
  ) => {
    if (key.ctrl && key.name === 'c') return process.kill(process.pid, 'SIGINT')
    if (busy) return
    busy = true
    try {
      if (key.name === 'r')
        await handOver(handed, await keys.rotate('desk', overlap))
      if (key.name === 'x') await keys.revoke('desk')
    } catch (error) {
      print(`  ${(error as Error).message.split('\n')[0]}\n`)
    } finally {
      busy = false
    }
  }
  emitKeypressEvents(stdin)
  stdin.setRawMode(true)
  stdin.on('keypress', press)
  stdin.resume()
  return {
    close() {
      stdin.setRawMode(false)
      stdin.off('keypress', press)
      stdin.pause()
    },
  }
}
