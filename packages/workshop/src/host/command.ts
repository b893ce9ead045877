import { Argument, Option } from 'commander'
import {
  addCommand,
  type Cli,
  createProgress,
  languageOption,
  Misuse,
} from '../cli.ts'
import { watchEnding } from '../terminal/signals.ts'
import { makeArchive, NoArchive, type Platform, platforms } from './archive.ts'
import { words } from './words.ts'

const tasks = ['verify', 'archive'] as const

interface HostFlags {
  for?: Platform[]
}

export function addCommands(cli: Cli): void {
  const { tell } = cli
  const action = (
    task: (typeof tasks)[number],
    what: string | undefined,
    flags: HostFlags,
  ) =>
    task === 'archive'
      ? archive(what, flags.for ?? platforms, cli)
      : verify(what, cli)
  addCommand(cli, 'host', words.aboutHost, action, {
    usage: 'run host verify <code> | archive [file] -- [options]',
  })
    .addArgument(
      new Argument('<task>', tell(words.argumentTask)).choices(tasks),
    )
    .argument('[what]', tell(words.argumentWhat))
    .addOption(
      new Option('--for <platform...>', tell(words.optionFor)).choices(
        platforms,
      ),
    )
    .addOption(languageOption(cli))
}

async function verify(
  code: string | undefined,
  { tell, colors, print }: Cli,
): Promise<number> {
  const { decodeProgress } = await import('../exercise/code.ts')
  const told = code === undefined ? undefined : decodeProgress(code)
  if (!told) throw new Misuse(tell(words.codeMisread, { code: code ?? '' }))
  const { step, holds, lacks } = told
  const total = holds.length + lacks.length
  const lines = [
    tell(words.codeSays, { step, count: holds.length, total }),
    ...lacks.map((id) => `  ${colors.red('✗')} ${id}`),
    ...holds.map((id) => `  ${colors.green('✓')} ${id}`),
  ]
  print(`${lines.join('\n')}\n`)
  return 0
}

async function archive(
  file = 'guard-up.tar.gz',
  chosen: readonly Platform[],
  { tell, print }: Cli,
): Promise<number> {
  const progress = await createProgress()
  try {
    const { bytes, dirty, served } = await makeArchive({
      file,
      platforms: chosen,
      signal: watchEnding(),
      onStage(stage, count = 0) {
        const values = { count: count || '' }
        const said = tell(words[`archive_${stage}`], values).trim()
        // Without a terminal, a line for each stage is enough.
        if (count === 0 || process.stderr.isTTY) {
          progress.show(`  ${said}`, said)
        }
      },
    })
    progress.clear()
    if (dirty) print(`${tell(words.archiveDirty)}\n`)
    const size = Math.ceil(bytes / 1024 / 1024)
    const lacking = chosen.filter((one) => !served.includes(one)).join(', ')
    if (lacking) print(`${tell(words.archiveLacks, { lacking })}\n`)
    const values = { file, size, platforms: served.join(', ') }
    print(`${tell(words.archiveMade, values)}\n`)
    return 0
  } catch (error) {
    progress.clear()
    if (!(error instanceof NoArchive)) throw error
    throw new Misuse(tell(words[error.reason], { detail: error.detail }))
  }
}
