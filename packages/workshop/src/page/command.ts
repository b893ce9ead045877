import { addCommand, type Cli, languageOption, readPort } from '../cli.ts'
import { untilAborted, watchEnding } from '../terminal/signals.ts'
import { words } from './words.ts'

interface PageFlags {
  port?: string
  record?: true
}

export function addCommands(cli: Cli): void {
  const { tell } = cli
  const action = (flags: PageFlags) => page(flags, cli)
  addCommand(cli, 'page', words.aboutPage, action)
    .option('--port <port>', tell(words.optionPagePort))
    .option('--record', tell(words.optionRecord))
    .addOption(languageOption(cli))
}

async function page({ port, record }: PageFlags, cli: Cli): Promise<number> {
  const { lang, tell, colors, print } = cli
  const first = port === undefined || port === '0' ? port : readPort(port, tell)
  const signal = watchEnding()
  if (record) {
    const { recordRun } = await import('./record.ts')
    return recordRun({ tell, print, signal })
  }
  const { openPage } = await import('./server.ts')
  const opened = await openPage({
    lang,
    ...(first === undefined ? {} : { port: Number(first) }),
  })
  try {
    print(`\n  ${tell(words.pageServes)}\n\n`)
    print(`  ${colors.bold(opened.url.href)}\n`)
    await untilAborted(signal, new Promise(() => {}))
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await opened.close()
  }
  return 0
}
