import type { Language, Step, Text } from 'guardcheck'
import { folderOf, readSecret, root } from '../repository.ts'
import { words as stepWords } from '../step/words.ts'
import type { Colors } from '../terminal/colors.ts'
import { pad, wrapProse } from '../terminal/lines.ts'
import { createTell, stepNames } from '../terminal/tell.ts'
import {
  asOf,
  type Client,
  createAsk,
  type Part,
  portOf,
} from './recipes/client.ts'
import { clients } from './recipes/list.ts'
import {
  type Shell,
  writeCommand,
  writeSecret,
  writeVariable,
} from './shells.ts'

/** How the command speaks, and what it writes with. */
export interface ConnectOptions {
  lang: Language
  colors: Colors
  width: number
}

/** What is said about connecting, here and on the pages. */
export const connecting = {
  clients: { en: 'The clients:', ja: 'クライアント：' },
  how: {
    en: 'How one of them is connected to a step:',
    ja: 'クライアントをステップに接続する方法：',
  },
  title: { en: '{client} → step {step}', ja: '{client} → ステップ{step}' },
  ran: {
    en: 'Run here on {date}, version {version}: {what}.',
    ja: '{date}にバージョン{version}を動かして確認：{what}。',
  },
  documented: {
    en: 'Not run here: from its documentation, as of {date}.',
    ja: 'ここでは動かしていません。{date}時点のドキュメントによります。',
  },
  secret: { en: 'Where the secret lies', ja: 'シークレットの置き場所' },
  ca: { en: 'Your own authority', ja: '自前の認証局' },
  signsIn: { en: 'Who signs in', ja: 'ログイン' },
  troubles: { en: 'When it does not connect', ja: '接続できないとき' },
  serve: {
    en: 'The step has to be served, in another terminal:',
    ja: '別のターミナルで、ステップを動かしておきます：',
  },
  rules: [
    {
      en: 'Never remove the guard so that a client can connect.',
      ja: 'クライアントをつなぐためにガードを外さないでください。',
    },
    {
      en: 'Never switch certificate checking off: `npm run -s connect {name} 3` has the line that trusts your authority.',
      ja: '証明書の検証を無効にしないでください。自前の認証局を信頼させる行は、`npm run -s connect {name} 3`で表示されます。',
    },
  ],
  openStep: {
    en: 'Step 0 has no guard, so there is no token to give.',
    ja: 'ステップ0にはガードがないので、渡すトークンもありません。',
  },
} satisfies Record<string, Text | Text[]>

/** The clients, and how the command is called. */
export function listClients({ lang, colors }: ConnectOptions): string {
  const tell = createTell(lang)
  const rows = clients.map(
    ({ name, title }) => `  ${colors.bold(pad(name, 16))}${title}`,
  )
  return [
    tell(connecting.clients),
    '',
    ...rows,
    '',
    tell(connecting.how),
    '',
    '  npm run -s connect claude-code 1',
    '  npm run -s connect claude-code 1 -- --shell powershell',
    '',
    '',
  ].join('\n')
}

/** The exact lines that connect a client to a step. */
export function showClient(
  client: Client,
  step: Step,
  { lang, colors, width }: ConnectOptions,
  { shell, port = portOf(step) }: { shell: Shell; port?: number | undefined },
): string {
  const tell = createTell(lang)
  const ask = createAsk(step, port, root.replaceAll('\\', '/'))
  const prose = (text: string) => wrapProse(text.replaceAll('`', ''), width - 3)
  const indent = (lines: string[]) =>
    lines.map((line) => (line ? `   ${line}` : line))
  const { name } = client
  const title = tell(connecting.title, { client: client.title, step })
  const numbered = client.parts(ask).map((part, i) => {
    const [first = '', ...more] = prose(part.say[lang])
    const block = writePart(part, shell)
    return [
      `${colors.bold(`${i + 1}`)}  ${first}`,
      ...indent(more),
      ...(block
        ? ['', ...indent(block.text.trimEnd().split('\n')).map(colors.cyan)]
        : []),
      '',
    ].join('\n')
  })
  const troubles = client.troubles.flatMap(({ seen, why }) => [
    ...indent(prose(seen[lang] ?? seen.en)),
    ...prose(why[lang]).map((line) => `     ${line}`),
  ])
  return [
    `${colors.bold(title)}  ${colors.dim(`${stepNames[step][lang]}, ${ask.url}`)}`,
    '',
    ...serving(step, lang),
    ...numbered,
    ...(troubles.length > 0 && step > 0
      ? [colors.bold(tell(connecting.troubles)), '', ...troubles, '']
      : []),
    ...(step > 0
      ? connecting.rules.flatMap((rule) =>
          wrapProse(tell(rule, { name }).replaceAll('`', ''), width),
        )
      : [tell(connecting.openStep)]),
    '',
    ...wrapProse(describeSource(client, lang), width).map(colors.dim),
    ...client.docs.map((url) => colors.dim(url)),
    '',
  ].join('\n')
}

/** The command that serves the step, and where its token is. */
function serving(step: Step, lang: Language): string[] {
  const tell = createTell(lang)
  const secret =
    step === 0 || step === 3
      ? []
      : readSecret(folderOf(step)) === undefined
        ? [tell(stepWords.secretMinted)]
        : [
            tell(stepWords.secretStands, {
              file: `packages/step-${step}/src/tokens.ts`,
            }),
          ]
  return [
    tell(connecting.serve),
    '',
    ...(step === 3 ? ['   npm run issuer'] : []),
    `   npm run step ${step}`,
    '',
    ...secret,
    ...(secret.length > 0 ? [''] : []),
  ]
}

/** Whether all of this was run, or read. */
export function describeSource(client: Client, lang: Language): string {
  const tell = createTell(lang)
  if (!client.ran) return tell(connecting.documented, { date: asOf })
  const { version, what } = client.ran
  return tell(connecting.ran, { date: asOf, version, what: what[lang] })
}

/** What is to be typed or written, and in which language it is written. */
export function writePart(
  part: Part,
  shell: Shell,
): { syntax: string; text: string } | undefined {
  switch (part.kind) {
    case 'note':
      return undefined
    case 'file':
      return { syntax: part.syntax, text: part.text }
    case 'secret':
      return { syntax: syntaxes[shell], text: writeSecret(part.name, shell) }
    case 'variable': {
      const text = writeVariable(part.name, part.value, shell)
      return { syntax: syntaxes[shell], text }
    }
    case 'run':
      return { syntax: syntaxes[shell], text: writeCommand(part.words, shell) }
  }
}

const syntaxes: Record<Shell, string> = {
  bash: 'bash',
  powershell: 'powershell',
  cmd: 'bat',
}
