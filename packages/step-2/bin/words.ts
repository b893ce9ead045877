/** A sentence in both languages, with `{names}` where values go. */
export interface Text {
  en: string
  ja: string
}

export type Language = keyof Text

/** What --lang says, before anything has to be said; else the locale. */
export function readLanguage(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Language {
  const given = /(?:^|\n)--lang[=\n](en|ja)(?:\n|$)/.exec(args.join('\n'))?.[1]
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || ''
  const isJapanese = /^ja([_.-]|$)/i.test(given ?? locale)
  return isJapanese ? 'ja' : 'en'
}

export const lang = readLanguage(process.argv.slice(2), process.env)

/** The sentence in the learner's language. */
export const tell = (
  text: Text,
  values: Record<string, string | number> | readonly string[] = {},
) =>
  text[lang].replace(/\{(\w+)\}/g, (name, key) =>
    String(Object(values)[key] ?? name),
  )

/** Everything that the command says. */
export const words = {
  minted: {
    en: 'Shown this once: {file} keeps only the digest. It ends on {end}.',
    ja: '表示は今回限りです。{file}にはダイジェストだけを保存しました。期限は{end}です。',
  },
  mintedMany: {
    en: 'Shown this once, in the order of the names: {file} keeps only the digests. They end on {end}.',
    ja: '名前の順に表示しました。表示は今回限りです。{file}にはダイジェストだけを保存しました。期限は{end}です。',
  },
  rotated: {
    en: 'Shown this once: {file} keeps only the digest. The old secret of {name} works until {end}.',
    ja: '表示は今回限りです。{file}にはダイジェストだけを保存しました。{name}の古いシークレットは{end}まで使えます。',
  },
  replaced: {
    en: 'Shown this once: {file} keeps only the digest. No older secret of {name} works any more.',
    ja: '表示は今回限りです。{file}にはダイジェストだけを保存しました。{name}の古いシークレットはもう使えません。',
  },
  revoked: {
    en: '{name} is revoked: a server that reads {file} notices within a second.',
    ja: '{name}を失効させました。{file}を読むサーバーには1秒以内に反映されます。',
  },
  none: {
    en: 'There is no token in {file} yet: key mint NAME makes one.',
    ja: '{file}にはまだトークンがありません。key mint 名前 で作れます。',
  },
  waiting: {
    en: 'Another key command is changing {file}, or was killed while it did: waiting a few seconds.',
    ja: '別のkeyコマンドが{file}を変更中か、変更の途中で強制終了されています。数秒待ちます。',
  },
  expires: { en: 'expires {when}', ja: '期限は{when}' },
  expired: { en: 'expired {when}', ja: '{when}に期限切れ' },
  begins: { en: 'begins {when}', ja: '{when}から有効' },
  made: { en: 'minted {when}', ja: '{when}に発行' },
  paste: {
    en: 'Paste the secret, then press Enter.',
    ja: 'シークレットを貼り付けて、Enterキーを押してください。',
  },
  works: {
    en: 'It is well formed and belongs to {name}: {when}.',
    ja: '形式は正しく、{name}のシークレットです（{when}）。',
  },

  // Refusals
  malformed: {
    en: 'It is not well formed: a character is wrong, missing or too many.',
    ja: '形式が正しくありません。文字の誤り、不足、または余分な文字があります。',
  },
  unknown: {
    en: 'It is well formed, and belongs to nobody in {file}.',
    ja: '形式は正しいのですが、{file}にある誰のものでもありません。',
  },
  worksNot: {
    en: 'It is well formed and belongs to {name}, but does not work: {when}.',
    ja: '形式は正しく、{name}のシークレットですが、使えません（{when}）。',
  },
  taken: {
    en: '{name} has a token already: rotate it.',
    ja: '{name}にはすでにトークンがあります。rotateで更新してください。',
  },
  twice: {
    en: '{name} is named twice.',
    ja: '{name}が2回指定されています。',
  },
  badName: {
    en: 'A name is made of 1 to 64 letters, digits and _ . @ - only.',
    ja: '名前に使えるのは、英数字と _ . @ - だけで、長さは64文字までです。',
  },
  badScope: {
    en: 'A scope is made of letters, digits and _ . : - only.',
    ja: 'スコープに使えるのは、英数字と _ . : - だけです。',
  },
  absent: {
    en: '{name} has no token in {file}.',
    ja: '{file}に{name}のトークンはありません。',
  },
  badTime: {
    en: '{option} is written like 90d, 24h or 30m, and is at most 10y.',
    ja: '{option}は90d、24h、30mのように書き、最長は10yです。',
  },
  inArguments: {
    en: 'A secret stood on the command line, where others can read it: rotate it.',
    ja: 'コマンドラインにシークレットが書かれていました。ほかから読めるため、rotateで更新してください。',
  },
  swallowed: {
    en: 'npm kept {option} for itself: write npm run -s key -- COMMAND {option} …',
    ja: 'npmが{option}を受け取ってしまいました。npm run -s key -- コマンド {option} … のように書いてください。',
  },
  overtaken: {
    en: 'Another key command took over {file} while this one stood still: nothing was changed.',
    ja: 'このコマンドが止まっている間に、別のkeyコマンドが{file}の変更を始めました。何も変更していません。',
  },
  locked: {
    en: 'Other key commands did not leave {file} alone: nothing was changed.',
    ja: '別のkeyコマンドによる{file}の変更が終わりませんでした。何も変更していません。',
  },
  irregular: {
    en: '{file} is not a regular file, so nothing can be kept in it.',
    ja: '{file}は通常のファイルではないため、保存できません。',
  },
  exposed: {
    en: 'Everyone may write in the folder of {file}: keep it in one of your own.',
    ja: '{file}のあるディレクトリにはだれでも書き込めます。自分だけのディレクトリに置いてください。',
  },
  unwritable: {
    en: '{file} cannot be written ({code}).',
    ja: '{file}に書き込めません（{code}）。',
  },
} satisfies Record<string, Text>

/** What the server says of a bad file, by a pattern, and how it is told. */
const problems: [RegExp, Text][] = [
  [
    /names a directory/,
    { en: '{file} is a directory.', ja: '{file}はディレクトリです。' },
  ],
  [
    /others may read/,
    {
      en: 'Others may read {file}: chmod 600 it.',
      ja: '{file}をほかの利用者が読めます。chmod 600で閉じてください。',
    },
  ],
  [
    /cannot be read/,
    { en: '{file} cannot be read.', ja: '{file}を読めません。' },
  ],
  [
    /JSON array/,
    {
      en: '{file} must hold a JSON array of tokens.',
      ja: '{file}の中身は、トークンのJSON配列でなければなりません。',
    },
  ],
  [
    /entry (\d+): what it holds/,
    {
      en: '{file} entry {1}: what it holds is wrong.',
      ja: '{file}の{1}番目のトークンの中身が正しくありません。',
    },
  ],
  [
    /entry (\d+): (\w+)/,
    {
      en: '{file} entry {1}: {2} is wrong.',
      ja: '{file}の{1}番目のトークンの{2}が正しくありません。',
    },
  ],
  [
    /gives one secret/,
    {
      en: '{file} gives one secret to two callers.',
      ja: '{file}では、1つのシークレットが2人の呼び出し元に割り当てられています。',
    },
  ],
]

/** What is wrong with a file, in the learner's language. */
export function tellProblem(message: string, file: string): string {
  for (const [pattern, text] of problems) {
    const found = pattern.exec(message)
    if (found) return tell(text, { ...found, file })
  }
  return message
}

/** Mistakes in how the command was called, by commander's code. */
export const misuses: Record<string, Text> = {
  unknownOption: {
    en: 'There is no option {0}.',
    ja: '{0}というオプションはありません。',
  },
  unknownCommand: {
    en: 'There is no command {0}.',
    ja: '{0}というコマンドはありません。',
  },
  missingArgument: {
    en: 'The argument <{0}> is missing.',
    ja: '引数<{0}>がありません。',
  },
  excessArguments: {
    en: 'There are too many arguments. With npm, -- stands before options.',
    ja: '引数が多すぎます。npmでは、オプションの前に--を置きます。',
  },
  optionMissingArgument: {
    en: '{0} lacks its value.',
    ja: '{0}に値がありません。',
  },
  invalidArgument: {
    en: '{0} does not take {1}.',
    ja: '{0}に{1}は指定できません。',
  },
}
