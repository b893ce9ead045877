import type { Text } from 'guardcheck'

/** What the exercises, their hints and comparisons say. */
export const words = {
  exerciseTitle: {
    en: 'Guard Up · exercise {step}: {title}',
    ja: 'Guard Up · 演習{step}：{title}',
  },
  exerciseCopied: {
    en: 'Step {from} was copied to {folder}. That copy is yours: write there, and it is judged at every save.',
    ja: 'ステップ{from}を{folder}にコピーしました。ここは自由に書き換えられます。保存するたびに判定します。',
  },
  exerciseGoesOn: {
    en: 'You go on in {folder}; it is judged at every save. A fresh copy comes with --again.',
    ja: '{folder}の続きです。保存するたびに判定します。--againを付けると、新しいコピーから始めます。',
  },
  exerciseKept: {
    en: 'What was there before is kept in {folder}.',
    ja: '前の内容は{folder}に残してあります。',
  },
  exerciseLeft: {
    en: 'Your work stays in {folder}.',
    ja: '書いたものは{folder}に残っています。',
  },
  predict: { en: 'Before it runs', ja: '動かす前に' },
  predictPrompt: {
    en: 'A number, or Enter to go on:',
    ja: '番号（Enterでスキップ）：',
  },
  predictRight: { en: 'Right:', ja: '正解です。' },
  predictWrong: { en: 'It is another one:', ja: '違います。正解は、' },
  startingYours: { en: 'Starting your server …', ja: 'サーバーを起動中…' },
  holdSoFar: {
    en: '{count} of {total} hold.',
    ja: '{total}件中{count}件が成り立っています。',
  },
  nextThing: { en: 'Next:', ja: '次は：' },
  lookAt: { en: 'Look at {file}.', ja: '見る場所：{file}' },
  hintIsThere: {
    en: 'A hint: npm run -s hint',
    ja: 'ヒントは npm run -s hint',
  },
  savesAreSeen: {
    en: 'Save a file, and it is judged again. Ctrl-C ends, and keeps your work.',
    ja: '保存すると判定し直します。Ctrl-Cで終了しても、書いたものは残ります。',
  },
  yoursDoesNotStart: {
    en: 'Your server does not start:',
    ja: 'サーバーを起動できません：',
  },
  exerciseDone: {
    en: 'All of it holds: your server is step {step}.',
    ja: 'すべて成り立ちました。ステップ{step}の完成です。',
  },
  whyItHolds: {
    en: 'What holds now, and why',
    ja: 'いま成り立っていることと、その根拠',
  },
  doneNext: {
    en: 'How the series does it: npm run -s compare {step}',
    ja: 'このシリーズの書き方と比べる：npm run -s compare {step}',
  },
  readAloud: {
    en: 'To read to your host: {code}',
    ja: '進行役に読み上げるコード：{code}',
  },
  nothingToHint: {
    en: 'Everything holds already: there is nothing to hint at.',
    ja: 'すでにすべて成り立っています。ヒントはありません。',
  },
  hintWhere: {
    en: 'Look at {file}, which',
    ja: '{file}を見てください。役割：',
  },
  hintNewFile: {
    en: 'Write {file}, which',
    ja: '{file}を新しく書きます。役割：',
  },
  hintMore: {
    en: 'Not enough? npm run -s hint {depth}',
    ja: '足りなければ npm run -s hint {depth}',
  },
  compareFirst: {
    en: 'Not everything holds yet ({next}). npm run -s compare -- --now shows the solution all the same.',
    ja: 'まだ成り立っていないものがあります（{next}）。npm run -s compare -- --now を使うと、いまの状態でも解答と比べられます。',
  },
  noExercise: {
    en: 'There is no exercise {step}; there is 1, 2 and 3.',
    ja: '演習{step}はありません。あるのは1、2、3です。',
  },
  noneOpen: {
    en: 'No exercise is open: npm run exercise 1 opens one.',
    ja: '始めた演習がありません。npm run exercise 1 で始められます。',
  },
  badDepth: {
    en: 'A hint is 1, 2 or 3 deep, not {depth}.',
    ja: 'ヒントの深さは1、2、3です（{depth}は不可）。',
  },
  aboutExercise: {
    en: 'Build a step yourself, judged at every save.',
    ja: 'ステップを自分で作る。保存するたびに判定する。',
  },
  aboutHint: {
    en: 'Say where to look next; 2 says what to write, 3 shows it.',
    ja: '次に見る場所を示す。2は書く内容、3は解答の差分。',
  },
  aboutCompare: {
    en: 'Show what separates your code from the step, once it holds.',
    ja: 'すべて成り立ったら、自分のコードとステップを比べる。',
  },
  argumentExercise: { en: 'number of the exercise', ja: '演習の番号' },
  optionExercise: {
    en: 'of this exercise; else of the one that was changed last',
    ja: 'この演習のヒント（省くと、最後に変更した演習）',
  },
  argumentDepth: { en: '1, 2 or 3', ja: '1、2、3のいずれか' },
  optionOnceJudged: {
    en: 'judge once and end: 0 when all holds, 1 otherwise',
    ja: '1回だけ判定して終わる（すべて成り立てば0、それ以外は1）',
  },
  optionNoAsk: { en: 'ask nothing first', ja: '最初の質問を飛ばす' },
  optionAgain: {
    en: 'begin with a fresh copy; the old folder is kept',
    ja: '新しいコピーから始める（前のフォルダーは残す）',
  },
  optionCatchUp: {
    en: 'begin with the finished step; the old folder is kept',
    ja: '完成したステップから始める（前のフォルダーは残す）',
  },
  optionCode: {
    en: 'print the code of your progress, to read aloud',
    ja: '進み具合を表すコードを出す（読み上げ用）',
  },
  optionNow: {
    en: 'whether or not everything holds',
    ja: '成り立っていないものがあっても比べる',
  },
} satisfies Record<string, Text>
