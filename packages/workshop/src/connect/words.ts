import type { Text } from 'guardcheck'

/** What the command that connects says. */
export const words = {
  aboutConnect: {
    en: 'Show how a client is connected to a step; without names, list them.',
    ja: 'クライアントをステップに接続する方法を示す。名前を省くと一覧を出す。',
  },
  argumentClient: { en: 'name of the client', ja: 'クライアントの名前' },
  optionShell: {
    en: 'write commands for this shell',
    ja: 'このシェル向けにコマンドを書く',
  },
  optionPort: {
    en: 'the port that the step serves on (3000 + step)',
    ja: 'ステップのポート（既定は3000＋ステップの番号）',
  },
  optionWrite: {
    en: 'write the pages in lessons/clients instead',
    ja: '代わりに、lessons/clientsのページを書き出す',
  },
  optionCheckPages: {
    en: 'say instead whether those pages are as they would be written',
    ja: '代わりに、ページが書き出したとおりかどうかを調べる',
  },
  unknownClient: {
    en: 'No client is called {name}.',
    ja: '{name}というクライアントはありません。',
  },
  whichStep: {
    en: 'Say which step, such as: npm run connect {name} 1',
    ja: 'ステップを指定してください：npm run connect {name} 1',
  },
  pagesWritten: {
    en: 'Wrote {count} pages into {folder}.',
    ja: '{folder}に{count}ページを書き出しました。',
  },
  pagesFresh: {
    en: 'The pages are as they would be written.',
    ja: 'ページは書き出したとおりです。',
  },
  pagesStale: {
    en: 'Not as they would be written: {files}. npm run -s connect -- --write writes them.',
    ja: '書き出したとおりではありません：{files}。npm run -s connect -- --write で書き出せます。',
  },
} satisfies Record<string, Text>
