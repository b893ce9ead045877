import { readTree } from '../../process/tree.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { expectRefusals, requireProcess } from '../ask/hold-process.ts'
import { holds, secretsOf } from '../ask/memory.ts'
import { asvsSections } from '../sources.ts'

export const secretNotInArgv: Property = {
  id: 'secret/secret-not-in-argv',
  claim: {
    en: 'no secret stands on a command line, and the server refuses to start with one there',
    ja: 'シークレットはコマンドラインに現れず、引数で渡せばサーバーは起動を拒む',
  },
  source: [
    'https://cwe.mitre.org/data/definitions/214.html',
    asvsSections.secrets,
  ],
  owasp: ['MCP01'],
  level: 'policy',
  since: 2,
  needs: ['token', 'process'],
  slow: true,
  advice: {
    en: 'Every user of the machine can read a command line: take secrets from a file or the environment, and end at once on an argument you do not know.',
    ja: 'コマンドラインは同じマシンの誰でも読めます。シークレットはファイルか環境変数から受け取り、知らない引数があれば直ちに終了します。',
  },
  async check(subject) {
    const { pid, inShell } = requireProcess(subject)
    if (process.platform !== 'linux') {
      throw new NotApplicable(
        'The command lines of processes are read from /proc, which only Linux has.',
      )
    }
    const lines = await readTree(pid, 'cmdline')
    expect(
      !secretsOf(subject).some((text) => holds(lines, text)),
      'A secret stands on the command line of the server.',
    )
    if (inShell) {
      throw new NotApplicable(
        'A shell started it, so no argument can be added that surely reaches it.',
      )
    }
    const stranger = 'guardcheck-secret-on-the-command-line'
    await expectRefusals(subject, [
      {
        how: 'with a secret on its command line',
        env: {},
        args: ['--token', stranger],
        unsaid: [stranger],
      },
    ])
  },
}
