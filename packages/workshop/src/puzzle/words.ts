import type { Text } from 'guardcheck'

/** What the puzzles say. */
export const words = {
  puzzlesTitle: {
    en: 'Guard Up · find the hole',
    ja: 'Guard Up · 穴を探す',
  },
  puzzlesOf: {
    en: 'Broken copies of step {step}:',
    ja: 'ステップ{step}を壊したもの：',
  },
  puzzleOpens: {
    en: 'One of them: npm run puzzle 1. The first ones are the easiest, the last ones the hardest.',
    ja: '1つ選ぶ：npm run puzzle 1。番号が大きいほど難しくなります。',
  },
  puzzleTitle: {
    en: 'Guard Up · puzzle {number}: a copy of step {step} with a hole in it',
    ja: 'Guard Up · パズル{number}：ステップ{step}のどこかに穴があります',
  },
  puzzleCopied: {
    en: 'It lies in {folder}. Read it, call it, find what it does not hold, and mend it there.',
    ja: '{folder}に用意しました。読み、呼び出し、守れていないことを見つけて、そこで直してください。',
  },
  puzzleGoesOn: {
    en: 'You go on in {folder}. A fresh copy comes with --again.',
    ja: '{folder}の続きです。--againを付けると、新しいコピーから始めます。',
  },
  puzzleServes: {
    en: 'It serves here, until you have answered; callers have these tokens:',
    ja: '答えるまで、ここで動いています。呼び出し元のトークンは次のとおりです：',
  },
  puzzleAsk: {
    en: 'Which property does it break? In another terminal, npm run -s guardcheck -- list names them all, and npm run -s diff shows what the steps are like.',
    ja: '壊れているプロパティはどれでしょうか。別のターミナルで npm run -s guardcheck -- list を使うと一覧が出ます。',
  },
  puzzlePrompt: {
    en: 'Its id, or Enter to mend it first:',
    ja: 'プロパティのID（Enterで修理へ）：',
  },
  puzzleRight: {
    en: 'Yes: {id} does not hold here.',
    ja: '正解です。{id}が成り立っていません。',
  },
  puzzleWrong: {
    en: 'No: {id} is not what was broken here.',
    ja: '違います。壊れているのは{id}ではありません。',
  },
  noProperty: {
    en: 'No property is called {id}.',
    ja: '{id}というプロパティはありません。',
  },
  puzzleTempting: {
    en: 'Tempting, and no repair',
    ja: 'やりがちで、直っていない修理',
  },
  puzzleStill: {
    en: 'Still broken, of what was: {count}.',
    ja: '壊れていたもののうち、まだ{count}件が成り立っていません。',
  },
  puzzleBroke: {
    en: '{id} held before, and does not any more:',
    ja: '{id}は成り立っていましたが、いまは違います：',
  },
  puzzleDone: {
    en: 'Puzzle {number} is mended, and nothing else broke.',
    ja: 'パズル{number}は直りました。ほかに壊れたものもありません。',
  },
  puzzleCompare: {
    en: 'What had been changed: npm run -s puzzle {number} -- --solution',
    ja: '元のステップとの差分：npm run -s puzzle {number} -- --solution',
  },
  noPuzzle: {
    en: 'No puzzle is called {name}: npm run puzzle lists them.',
    ja: '{name}というパズルはありません。npm run puzzle で一覧が出ます。',
  },
  aboutPuzzle: {
    en: 'Find the hole in a broken server, and mend it; without a number, list them.',
    ja: '壊れたサーバーの穴を見つけて直す。番号を省くと一覧を出す。',
  },
  argumentPuzzle: { en: 'number or name', ja: '番号または名前' },
  optionAnswer: {
    en: 'say whether it breaks this property, and end',
    ja: 'このプロパティが壊れているかどうかを答えて終わる',
  },
  optionSolution: {
    en: 'show what separates it from the step, and end',
    ja: '元のステップとの差分を出して終わる',
  },
} satisfies Record<string, Text>
