import type { Text } from 'guardcheck'

/** What the command of the page says; the page has words of its own. */
export const words = {
  pageServes: {
    en: 'The page serves until Ctrl-C. Open it in a browser of this machine:',
    ja: 'ページはCtrl-Cまで動きます。このマシンのブラウザーで開いてください：',
  },
  aboutPage: {
    en: 'Serve the page alone, where attacks, diffs and lessons are, until Ctrl-C.',
    ja: '攻撃、差分、レッスンのページだけを、Ctrl-Cまで動かす。',
  },
  optionPagePort: {
    en: 'the port to try first (3080); 0 takes any',
    ja: '最初に試すポート（3080）。0なら空いているもの',
  },
  optionRecord: {
    en: 'run everything once instead, and keep it for the published page',
    ja: '代わりにすべてを1度実行し、公開用のページのために記録する',
  },
  recorded: {
    en: 'Recorded {what} in {folder}.',
    ja: '{what}を{folder}に記録しました。',
  },
} satisfies Record<string, Text>
