import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Language, Step } from 'guardcheck'
import { languages } from 'guardcheck'
import writeFileAtomic from 'write-file-atomic'
import { root } from '../repository.ts'
import { createTell, stepNames, type Tell } from '../terminal/tell.ts'
import { type Client, createAsk, portOf } from './recipes/client.ts'
import { clients } from './recipes/list.ts'
import { shells } from './shells.ts'
import { connecting, describeSource, writePart } from './show.ts'
import { words } from './words.ts'

const folder = 'lessons/clients'

/** Where files of this repository are on the reader's machine. */
const somewhere = '/path/to/guard-up'

interface PageOptions {
  tell: Tell
  print: (text: string) => void
  /** The folder that holds a folder for each language. */
  home?: string
}

/** The pages by their path within the folder, as they are to be. */
export function composePages(): Map<string, string> {
  const pages = languages.flatMap((lang): [string, string][] => [
    [`${lang}/README.md`, composeIndex(lang)],
    ...clients.map((client): [string, string] => [
      `${lang}/${client.name}.md`,
      composePage(client, lang),
    ]),
  ])
  return new Map(pages)
}

/** Writes every page; resolves with the exit status. */
export async function writePages({
  tell,
  print,
  home = join(root, folder),
}: PageOptions): Promise<number> {
  const pages = composePages()
  for (const lang of languages) {
    await mkdir(join(home, lang), { recursive: true })
  }
  for (const [path, text] of pages) {
    await writeFileAtomic(join(home, path), text)
  }
  print(`${tell(words.pagesWritten, { count: pages.size, folder })}\n`)
  return 0
}

/** Says whether every page is as it would be written, and no other is there. */
export async function checkPages({
  tell,
  print,
  home = join(root, folder),
}: PageOptions): Promise<number> {
  const pages = composePages()
  const stale: string[] = []
  for (const [path, text] of pages) {
    const found = await readFile(join(home, path), 'utf8').catch(() => '')
    if (found !== text) stale.push(path)
  }
  for (const lang of languages) {
    const names = await readdir(join(home, lang)).catch(() => [])
    const paths = names.map((name) => `${lang}/${name}`)
    stale.push(...paths.filter((path) => !pages.has(path)))
  }
  const files = stale.map((path) => `${folder}/${path}`).join(', ')
  const said = stale.length === 0 ? words.pagesFresh : words.pagesStale
  print(`${tell(said, { files })}\n`)
  return stale.length === 0 ? 0 : 1
}

const texts = {
  title: { en: 'Connect {client}', ja: '{client}を接続する' },
  index: { en: 'Connect a client', ja: 'クライアントを接続する' },
  intro: {
    en: 'How each client is told where a step is, and which token to send.\n`npm run -s connect CLIENT STEP` prints the same for your shell and your port; these pages are written by it.',
    ja: '各クライアントに、ステップの場所と送るトークンを教える方法をまとめました。`npm run -s connect クライアント ステップ`を実行すると、お使いのシェルとポートに合わせた内容が表示されます。このページも同じコマンドで書き出したものです。',
  },
  other: { en: '[日本語](../ja/{file})', ja: '[English](../en/{file})' },
  anyClient: { en: 'CLIENT', ja: 'クライアント' },
  client: { en: 'client', ja: 'クライアント' },
  where: { en: 'where the secret lies', ja: 'シークレットの置き場所' },
  checked: { en: 'checked', ja: '確認' },
  ranWith: { en: 'run here, {version}', ja: '{version}を動かした' },
  read: { en: 'documentation', ja: 'ドキュメント' },
  stepTitle: { en: 'Step {step}: {name}', ja: 'ステップ{step}：{name}' },
  serveOpen: {
    en: 'Serve it with `npm run step 0`; there is no token to give.',
    ja: '`npm run step 0`で動かしておきます。渡すトークンはありません。',
  },
  serveBearer: {
    en: 'Serve it with `npm run step 1`; the token stands in `packages/step-1/src/tokens.ts`.',
    ja: '`npm run step 1`で動かしておきます。トークンは`packages/step-1/src/tokens.ts`に書いてあります。',
  },
  serveSecrets: {
    en: 'Make a token with `npm run -s key mint desk`, which shows it once, and serve the step with `npm run step 2`.\nThe lines are those of step 1, with `guard-up-2` and the port 3002.',
    ja: '`npm run -s key mint desk`でトークンを作り（表示は一度だけ）、`npm run step 2`で動かしておきます。書き方はステップ1と同じで、`guard-up-2`とポート3002に替えます。',
  },
  serveIssued: {
    en: 'Make a certificate with `npm run -s certs`, serve the issuer with `npm run issuer` and the step with `npm run step 3`.\nThe issuer shows the passwords of alice and bob at its first start.',
    ja: '`npm run -s certs`で証明書を作り、`npm run issuer`で発行者を、`npm run step 3`でステップを動かしておきます。aliceとbobのパスワードは、発行者の初回起動時に表示されます。',
  },
  seen: { en: 'what you see', ja: '表示' },
  why: { en: 'why', ja: '理由' },
  rules: { en: 'Two rules', ja: '2つの決まり' },
  sources: { en: 'Read', ja: '参照' },
  paths: {
    en: `\`${somewhere}\` is where this repository is; \`pnpm connect\` prints the real one.`,
    ja: `\`${somewhere}\`は、このリポジトリの場所に読み替えてください。\`pnpm connect\`は実際のパスを表示します。`,
  },
}

const shellNames = { bash: 'bash', powershell: 'PowerShell', cmd: 'cmd' }

function composePage(client: Client, lang: Language): string {
  const tell = createTell(lang)
  const steps = ([0, 1, 2, 3] as const).flatMap((step) => [
    `## ${tell(texts.stepTitle, { step, name: stepNames[step][lang] })}`,
    '',
    tell(serve[step]),
    '',
    ...(step === 2 ? [] : composeParts(client, step, lang)),
  ])
  const troubles = client.troubles.map(
    ({ seen, why }) => `| ${seen[lang] ?? seen.en} | ${why[lang]} |`,
  )
  const body = steps.join('\n')
  return [
    `# ${tell(texts.title, { client: client.title })}`,
    '',
    tell(texts.other, { file: `${client.name}.md` }),
    '',
    describeSource(client, lang),
    `${tell(texts.sources)}: ${client.docs.map((url) => `<${url}>`).join(', ')}`,
    '',
    ...section(connecting.secret[lang], client.secret[lang]),
    ...(body.includes(somewhere) ? [tell(texts.paths), ''] : []),
    body,
    ...section(connecting.ca[lang], client.ca[lang]),
    ...section(connecting.signsIn[lang], client.signsIn[lang]),
    `## ${connecting.troubles[lang]}`,
    '',
    `| ${tell(texts.seen)} | ${tell(texts.why)} |`,
    '| --- | --- |',
    ...troubles,
    '',
    `## ${tell(texts.rules)}`,
    '',
    ...connecting.rules.flatMap((rule) => [
      tell(rule, { name: client.name }),
      '',
    ]),
  ]
    .join('\n')
    .replace(/\n+$/, '\n')
}

const serve = {
  0: texts.serveOpen,
  1: texts.serveBearer,
  2: texts.serveSecrets,
  3: texts.serveIssued,
}

const section = (title: string, text: string) => [
  `## ${title}`,
  '',
  text.replace(/(?<=\.) (?=[A-Z`])/g, '\n'),
  '',
]

/** One thing to do after the other, for every shell. */
function composeParts(client: Client, step: Step, lang: Language): string[] {
  const ask = createAsk(step, portOf(step), somewhere)
  return client.parts(ask).flatMap((part, i) => {
    const written = shells.map((shell) => ({
      shell,
      block: writePart(part, shell),
    }))
    const same = written.every(
      ({ block }) => block?.text === written[0]?.block?.text,
    )
    const blocks = same ? written.slice(0, 1) : written
    return [
      `${i + 1}. ${part.say[lang]}`,
      '',
      ...blocks.flatMap(({ shell, block }) =>
        block
          ? [
              ...(same ? [] : [`   ${shellNames[shell]}:`, '']),
              `   \`\`\`${block.syntax}`,
              ...block.text
                .trimEnd()
                .split('\n')
                .map((line) => (line ? `   ${line}` : line)),
              '   ```',
              '',
            ]
          : [],
      ),
    ]
  })
}

function composeIndex(lang: Language): string {
  const tell = createTell(lang)
  const rows = clients.map(({ name, title, ran, secret }) => {
    const [where = ''] = secret[lang].split(/(?<=。)|(?<=[.:]) /)
    const checked = ran
      ? tell(texts.ranWith, { version: ran.version })
      : tell(texts.read)
    return `| [${title}](${name}.md) | ${where.trim().replace(/[.:。：]$/, '')} | ${checked} |`
  })
  return [
    `# ${tell(texts.index)}`,
    '',
    tell(texts.other, { file: 'README.md' }),
    '',
    tell(texts.intro),
    '',
    `| ${tell(texts.client)} | ${tell(texts.where)} | ${tell(texts.checked)} |`,
    '| --- | --- | --- |',
    ...rows,
    '',
    ...connecting.rules.flatMap((rule) => [
      tell(rule, { name: tell(texts.anyClient) }),
      '',
    ]),
  ]
    .join('\n')
    .replace(/\n+$/, '\n')
}
