import type { Step } from 'guardcheck'
import { addCommand, type Cli, Misuse, readStep, requireGit } from '../cli.ts'
import { next } from '../repository.ts'
import { common } from '../terminal/tell.ts'
import { words } from './words.ts'

export function addCommands(cli: Cli): void {
  const { tell } = cli
  const action = (name: string, rest: string[]) => diff(name, rest, cli)
  addCommand(cli, 'diff', words.aboutDiff, action, {
    usage: 'run diff <step> [file] -- [options of git diff]',
    example: 'run diff 1',
    passes: ['--stat'],
  })
    .argument('<step>', tell(words.argumentDiff))
    .argument('[file...]', tell(words.argumentFile))
    .allowUnknownOption()
    .passThroughOptions()
}

async function diff(
  name: string,
  rest: string[],
  { tell }: Cli,
): Promise<number> {
  const { readDiff, readParts, showDiff } = await import('./show.ts')
  const parts = readParts()
  const part = parts.get(name)
  if (!part && /^\d[a-z]$/.test(name)) {
    const names = [...parts.keys()].join(tell(common.and))
    throw new Misuse(tell(words.unknownPart, { part: name, parts: names }))
  }
  const step = name === next || part ? name : readStep(name, tell)
  if (step === 0) throw new Misuse(tell(words.noDiff, { step }))
  const told = part ?? readDiff(step as Step | typeof next)
  const options = rest.findIndex((it) => it.startsWith('-'))
  const files = options < 0 ? rest : rest.slice(0, options)
  for (const file of files) {
    if (told.files.includes(file)) continue
    const diff = part ? name : tell(common.step, { step: name })
    const values = { diff, file, files: told.files.join(tell(common.and)) }
    throw new Misuse(tell(words.untouched, values))
  }
  const shown = files.length > 0 ? { ...told, files } : told
  return requireGit(showDiff(shown, rest.slice(files.length)), tell)
}
