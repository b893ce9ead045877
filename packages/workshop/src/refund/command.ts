import { Option } from 'commander'
import { addCommand, type Cli, languageOption, Misuse } from '../cli.ts'
import { watchEnding } from '../terminal/signals.ts'
import { words } from './words.ts'

interface RefundFlags {
  url: string
}

export function addCommands(cli: Cli): void {
  const { tell } = cli
  const action = (flags: RefundFlags) => refund(flags, cli)
  addCommand(cli, 'refund', words.aboutRefund, action)
    .addOption(
      new Option('--url <url>', tell(words.optionUrl)).default(
        'https://localhost:3003/mcp',
      ),
    )
    .addOption(languageOption(cli))
}

async function refund({ url }: RefundFlags, cli: Cli): Promise<number> {
  const { tell, colors, print } = cli
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    throw new Misuse(tell(words.badUrl))
  }
  const { issueRefund, runTrusting, SignInFailed } = await import('./run.ts')
  const again = runTrusting(process.argv.slice(2))
  if (again) return again
  const signal = watchEnding()
  try {
    await issueRefund({ url: new URL(url), tell, colors, signal, print })
    return 0
  } catch (error) {
    if (error instanceof SignInFailed) {
      const { message } = error
      throw new Misuse(tell(words.refundRefused, { error: message }))
    }
    const { code } = Object(Object(error).cause)
    if (typeof code !== 'string') throw error
    throw new Misuse(tell(words.refundNoServer, { url, error: code }))
  }
}
