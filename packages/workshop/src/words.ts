import type { Language, Step, Text } from 'guardcheck'

/** A sentence in one language, with values in the place of `{names}`. */
export type Tell = (
  text: Text,
  values?: Record<string, string | number>,
) => string

/** Speaks one language; a name without a value stays as it stands. */
export function createTell(lang: Language): Tell {
  return (text, values = {}) =>
    text[lang].replace(/\{(\w+)\}/g, (name, key) => `${values[key] ?? name}`)
}

/** What each step is called in the head of a column. */
export const stepNames: Record<Step, Text> = {
  0: { en: 'no guard', ja: 'ノーガード' },
  1: { en: 'bearer', ja: 'Bearer' },
  2: { en: 'rotation', ja: '更新と失効' },
  3: { en: 'OAuth', ja: 'OAuth' },
}

/** Everything that a learner reads, apart from the attacks themselves. */
export const words = {
  step: { en: 'step {step}', ja: 'ステップ{step}' },
  and: { en: ', ', ja: '、' },

  // The tour
  title: {
    en: 'the same attacks against every step',
    ja: '同じ攻撃を、すべてのステップに',
  },
  attack: { en: 'attack', ja: '攻撃' },
  breached: { en: '✗ breached', ja: '✗ 突破' },
  held: { en: '✓ held', ja: '✓ 阻止' },
  pending: { en: '·', ja: '·' },
  honest: {
    en: 'An honest refund',
    ja: '正規の手順による返金',
  },
  served: { en: '✓ served', ja: '✓ 成功' },
  refused: { en: '✗ refused', ja: '✗ 失敗' },
  ledger: {
    en: 'Refunds in the ledger, by whom',
    ja: '台帳に残った返金と、その名前',
  },
  rotating: {
    en: 'Rotating a key while calls run: {sent} requests sent, {failed} failed',
    ja: '呼び出しを続けながらトークンを更新中：送信{sent}件、失敗{failed}件',
  },
  rotation: {
    en: 'Requests while a key is rotated',
    ja: 'トークン更新中のリクエスト',
  },
  traffic: { en: '{failed} failed', ja: '失敗{failed}件' },
  rotated: {
    en: 'Step {step} rotated a key under {sent} requests: {failed} failed.',
    ja: 'ステップ{step}では、{sent}件のリクエストの最中にトークンを更新しました（失敗{failed}件）。',
  },
  differsTraffic: {
    en: 'Requests failed while step {step} rotated a key.',
    ja: 'ステップ{step}で、トークンの更新中にリクエストが失敗しました。',
  },
  starting: {
    en: 'Starting {steps} on free ports of this machine …',
    ja: '{steps}を、このマシンの空きポートで起動中…',
  },
  legend: {
    en: 'Breached: the attacker got what it came for. Held: it got nothing.',
    ja: '突破：攻撃者が目的を果たした。阻止：何も得られなかった。',
  },
  further: {
    en: 'What is breached in the last column is what the next steps are for.',
    ja: '最後の列に残った突破は、この先のステップで塞ぎます。',
  },
  differs: {
    en: 'Not as this series claims:',
    ja: 'このシリーズの主張と食い違っています：',
  },
  differsBreached: {
    en: '{name} breaches step {step}, and is to be held from step {from} on.',
    ja: '{name}がステップ{step}を突破しました。ステップ{from}からは阻止されるはずです。',
  },
  differsHeld: {
    en: '{name} is held at step {step}, and is to breach it until step {from}.',
    ja: '{name}がステップ{step}で阻止されました。ステップ{from}より前では突破されるはずです。',
  },
  differsHonest: {
    en: 'Step {step} refuses the honest refund.',
    ja: 'ステップ{step}が正規の返金を拒みました。',
  },
  running: {
    en: 'The steps go on running:',
    ja: 'ステップはこのまま動き続けます：',
  },
  next: { en: 'Next, in another terminal:', ja: '次は、別のターミナルで：' },
  nextAttack: {
    en: 'One attack, request and answer as they were sent',
    ja: '攻撃を1つ選び、送った内容と返ってきた内容を見る',
  },
  nextDiff: {
    en: 'What step {step} adds, as a diff',
    ja: 'ステップ{step}で足したものを、差分で見る',
  },
  nextCheck: {
    en: 'Step 0, judged by the properties of the suite',
    ja: 'ステップ0を、スイートのプロパティで判定する',
  },
  page: {
    en: 'The page, where you can run each attack and see what passed:',
    ja: '攻撃を1つずつ試し、やり取りを見られるページ：',
  },
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
  untilInterrupted: {
    en: 'Ctrl-C ends the tour and everything that it started.',
    ja: 'Ctrl-Cでツアーを終え、起動したものもすべて終了します。',
  },
  ended: {
    en: 'Ended: nothing is left running.',
    ja: '終了しました。動いたままのものはありません。',
  },
  notStarted: {
    en: 'Step {step} does not start. It printed:',
    ja: 'ステップ{step}を起動できません。出力は次のとおりです：',
  },
  stopped: {
    en: 'Step {step} has ended by itself. It printed:',
    ja: 'ステップ{step}が途中で終了しました。出力は次のとおりです：',
  },
  nothing: { en: '(nothing)', ja: '（出力なし）' },

  // One attack
  sent: { en: 'Sent', ja: '送信' },
  received: { en: 'Received', ja: '受信' },
  reached: { en: 'Reached', ja: '得たもの' },
  reachedNothing: { en: 'nothing', ja: 'なし' },
  verdict: { en: 'Verdict', ja: '結果' },
  asPromised: {
    en: 'as the series says: held from step {from} on',
    ja: 'シリーズの説明どおり（ステップ{from}から阻止）',
  },
  notAsPromised: {
    en: 'and the series says: held from step {from} on',
    ja: 'シリーズの説明と違います（ステップ{from}から阻止のはず）',
  },
  more: { en: '… {count} more characters', ja: '…（あと{count}文字）' },
  noAnswer: { en: '(no answer)', ja: '（応答なし）' },
  attacksOn: {
    en: 'The attacks, and what they come to at step {step}:',
    ja: '攻撃の一覧と、ステップ{step}での結果：',
  },
  runOne: { en: 'Run one:', ja: '1つ選んで実行：' },
  unknownAttack: {
    en: 'No attack is called {name}.',
    ja: '{name}という攻撃はありません。',
  },

  // One step
  callIt: {
    en: 'Step {step} serves until Ctrl-C. Call it from another terminal:',
    ja: 'ステップ{step}はCtrl-Cまで動きます。別のターミナルから呼び出せます：',
  },
  secretStands: {
    en: 'The token stands in {file}.',
    ja: 'トークンは{file}に書いてあります。',
  },
  secretMinted: {
    en: 'The token is what `npm run -s key mint NAME` showed.',
    ja: 'トークンは、`npm run -s key mint 名前`が表示したものです。',
  },
  secretIssued: {
    en: 'The token is what an MCP client gets when a person signs in at the issuer (npm run -s issuer), or what `npm run -s key -- mint NAME --scope documents:read` showed.',
    ja: 'トークンは、発行者（npm run -s issuer）で人がログインしたときにMCPクライアントが受け取るもの、または`npm run -s key -- mint 名前 --scope documents:read`が表示したものです。',
  },
  certifyFirst: {
    en: 'It needs a certificate for TLS: npm run -s certs makes one for this machine.',
    ja: 'TLSの証明書が必要です。npm run -s certs で、このマシン用のものを作れます。',
  },
  issueFirst: {
    en: 'Step 3 needs somebody who issues tokens: start npm run -s issuer in another terminal first, or mint one with npm run -s key.',
    ja: 'ステップ3には、トークンを発行する相手が必要です。先に別のターミナルで npm run -s issuer を起動するか、npm run -s key で作ってください。',
  },
  mintFirst: {
    en: 'Step {step} needs a token: npm run -s key mint NAME makes one and keeps its digest in {file}.',
    ja: 'ステップ{step}にはトークンが必要です。npm run -s key mint 名前 で作ると、そのダイジェストが{file}に保存されます。',
  },
  unknownStep: {
    en: 'There is no step {step}; there is {steps}.',
    ja: 'ステップ{step}はありません。あるのは{steps}です。',
  },

  // The diff
  noDiff: {
    en: 'Step {step} comes after no other, so there is nothing to compare.',
    ja: 'ステップ{step}より前のステップがないので、比べるものがありません。',
  },
  unknownPart: {
    en: 'There is no part {part}; there is {parts}.',
    ja: '{part}という部分はありません。あるのは{parts}です。',
  },
  untouched: {
    en: 'The diff of {diff} does not touch {file}; it touches {files}.',
    ja: '{diff}の差分は{file}に触れません。触れるのは{files}です。',
  },
  noGit: {
    en: 'The diff is made by git, and git is not found: install it from https://git-scm.com.',
    ja: '差分の表示にはgitが必要ですが、見つかりません。https://git-scm.com からインストールしてください。',
  },

  // The machine
  machineTitle: {
    en: 'would the workshop run on this machine?',
    ja: 'このマシンでワークショップが動くか',
  },
  machineFine: { en: 'Everything is ready.', ja: '準備はすべて整っています。' },
  machineNotes: {
    en: 'Ready. What has a ~ is worth a look.',
    ja: '動きます。~の付いた行は確認しておいてください。',
  },
  machineStops: {
    en: 'Not ready: what has a ✗ comes first.',
    ja: 'まだ動きません。✗の付いた行から直してください。',
  },

  // The exercises
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
  aboutHost: {
    en: 'Say what a participant’s code stands for, or pack everything for a room without a network.',
    ja: '参加者のコードが表す内容を示す。または、ネットワークのない会場用に全体をまとめる。',
  },
  argumentExercise: { en: 'number of the exercise', ja: '演習の番号' },
  optionExercise: {
    en: 'of this exercise; else of the one that was changed last',
    ja: 'この演習のヒント（省くと、最後に変更した演習）',
  },
  argumentDepth: { en: '1, 2 or 3', ja: '1、2、3のいずれか' },
  argumentTask: {
    en: 'verify a code, or make an archive',
    ja: 'verify（コードの確認）またはarchive（アーカイブの作成）',
  },
  argumentWhat: {
    en: 'the code that was read aloud; or the file to write, guard-up.tar.gz',
    ja: '読み上げられたコード。archiveでは書き出すファイル（省くとguard-up.tar.gz）',
  },
  optionFor: {
    en: 'machines that it is for; else all of them',
    ja: '対象のマシン（省くと全種類）',
  },
  archive_copying: {
    en: 'Copying the last commit …',
    ja: '最新のコミットをコピー中…',
  },
  archive_fetchingPnpm: {
    en: 'Fetching pnpm for every machine …',
    ja: '各マシン用のpnpmを取得中…',
  },
  archive_fetching: {
    en: 'Fetching the packages for every machine …',
    ja: '各マシン用のパッケージを取得中…',
  },
  archive_packing: {
    en: 'Packing … {count}',
    ja: '圧縮中… {count}',
  },
  archiveDirty: {
    en: 'What is not committed is not in it.',
    ja: 'コミットしていない変更は含まれません。',
  },
  archiveLacks: {
    en: 'Not for {lacking}: the registry has no pnpm for it.',
    ja: '{lacking}用のpnpmがレジストリーにないため、対象から外しました。',
  },
  archiveMade: {
    en: 'Wrote {file} ({size} MiB), for {platforms}. To use it: tar -xzf, then npm start in the folder guard-up.',
    ja: '{file}を書き出しました（{size} MiB、対象：{platforms}）。使うときは tar -xzf で展開し、guard-upフォルダーで npm start を実行します。',
  },
  noClone: {
    en: 'No archive: git could not copy this folder ({detail}).',
    ja: 'アーカイブを作れません。このフォルダーをgitでコピーできませんでした（{detail}）。',
  },
  noFetch: {
    en: 'No archive: not everything could be fetched ({detail}).',
    ja: 'アーカイブを作れません。取得できないものがありました（{detail}）。',
  },
  noFolder: {
    en: 'No archive: there is no folder {detail}.',
    ja: 'アーカイブを作れません。フォルダー{detail}がありません。',
  },
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
  codeMisread: {
    en: '{code} is no code, or was misheard: ask once more.',
    ja: '{code}はコードではないか、聞き違いです。もう一度尋ねてください。',
  },
  codeSays: {
    en: 'Exercise {step}: {count} of {total} hold.',
    ja: '演習{step}：{total}件中{count}件が成り立っています。',
  },

  // The puzzles
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

  // The drill
  drillTitle: {
    en: 'Guard Up · your token is on a slide',
    ja: 'Guard Up · トークンがスライドに写りました',
  },
  drillStory: {
    en: 'Somebody in the audience has typed it in already. Your own caller sends {rate} requests a second with the same token. In {seconds} seconds: lock the thief out, and lose no request.',
    ja: '会場の誰かが、もうそのトークンを入力しています。あなたの呼び出し元も、同じトークンで毎秒{rate}件のリクエストを送っています。{seconds}秒以内に、リクエストを1件も失わずに締め出してください。',
  },
  drillCommand: {
    en: 'In another terminal, in the root of this repository:',
    ja: '別のターミナルで、このリポジトリのルートから：',
  },
  drillKeys: {
    en: 'Or press here: r rotates so, with an overlap of {overlap}; x revokes.',
    ja: 'ここでキーを押してもかまいません。r：上のとおり更新（重なり{overlap}）　x：失効',
  },
  drillState: {
    en: '{sent} requests sent, {lost} lost',
    ja: 'リクエスト{sent}件、失敗{lost}件',
  },
  drillThiefIn: {
    en: 'The leaked token opens the door.',
    ja: '漏れたトークンは、まだ使えます。',
  },
  drillThiefOut: {
    en: 'The leaked token opens nothing.',
    ja: '漏れたトークンは、もう使えません。',
  },
  drillOpen: {
    en: 'The leaked token still opens the door: rotate, and the old one dies after the overlap.',
    ja: '漏れたトークンはまだ使えます。更新すると、重なりの時間が過ぎたところで古いほうが使えなくなります。',
  },
  drillClosed: {
    en: 'The leaked token has opened nothing since second {seconds}.',
    ja: '漏れたトークンは、{seconds}秒の時点で使えなくなりました。',
  },
  drillLost: {
    en: 'Requests were lost: the old token ended before the caller had the new one. An overlap is what prevents that.',
    ja: 'リクエストを失いました。呼び出し元に新しいトークンが届く前に、古いほうが切れたためです。重なりの時間を設けると防げます。',
  },
  drillGood: {
    en: 'The thief is out, and nobody noticed.',
    ja: '締め出しに成功しました。利用者は誰も気付いていません。',
  },
  badSeconds: {
    en: '--seconds wants a number from 5 to 600, not {seconds}.',
    ja: '--secondsには5から600までの数を指定します（{seconds}は不可）。',
  },
  aboutDrill: {
    en: 'Rotate a leaked token while requests run, against the clock.',
    ja: 'リクエストが流れる中で、漏れたトークンを時間内に更新する。',
  },
  optionSeconds: {
    en: 'how long it goes on',
    ja: '続ける秒数',
  },

  // The command line
  about: {
    en: 'What a learner runs: the tour, one attack, one step, a diff.',
    ja: '学ぶ人が動かすもの：ツアー、攻撃、ステップ、差分。',
  },
  aboutTour: {
    en: 'Run the attacks against every step, and keep the steps running.',
    ja: 'すべてのステップに攻撃を試し、そのままステップを動かしておく。',
  },
  aboutAttack: {
    en: 'Run one attack against one step; without a name, list them.',
    ja: '1つのステップに攻撃を1つ試す。名前を省くと一覧を出す。',
  },
  aboutStep: {
    en: 'Serve one step until Ctrl-C, on port 3000 + N or PORT.',
    ja: '1つのステップをCtrl-Cまで動かす（ポートは3000＋N、またはPORT）。',
  },
  lies: {
    en: 'What the issuer can lie about:',
    ja: '発行者がつける嘘：',
  },
  lieServes: {
    en: '{url} serves in the place of the issuer until Ctrl-C. In two other terminals:',
    ja: '{url}が、発行者の代わりにCtrl-Cまで動きます。別のターミナル2つで：',
  },
  lieExpects: {
    en: 'Step 3 is to answer 401; why it did stands in its log, and not in the answer.',
    ja: 'ステップ3は401を返すはずです。理由は応答ではなく、ログに残ります。',
  },
  unknownLie: {
    en: 'No lie is called {name}.',
    ja: '{name}という嘘はありません。',
  },
  optionLie: {
    en: 'serve in its place, and make a token that lies; list shows them all',
    ja: '代わりに、嘘をつくトークンを作る（listで一覧を出す）',
  },
  aboutIssuer: {
    en: 'Serve the issuer of step 3, where alice and bob sign in, until Ctrl-C.',
    ja: 'ステップ3の発行者（aliceとbobがログインする先）をCtrl-Cまで動かす。',
  },
  aboutRefund: {
    en: 'Sign in to step 3 in your browser, and issue one refund in your name.',
    ja: 'ブラウザーからステップ3にログインし、自分の名前で返金を1件行う。',
  },
  optionUrl: {
    en: 'the MCP endpoint (https://localhost:3003/mcp)',
    ja: 'MCPエンドポイント（https://localhost:3003/mcp）',
  },
  refundSignIn: {
    en: 'The server answers 401 and names its issuer. Sign in there, in a browser:',
    ja: 'サーバーは401を返し、発行者を教えました。ブラウザーで開いてログインします：',
  },
  refundSignedIn: {
    en: '✓ Signed in. The token opens {scope}, and no more.',
    ja: '✓ ログインしました。このトークンで使えるのは{scope}だけです。',
  },
  refundStepUp: {
    en: 'issue_refund is answered 403: it asks for one scope more. Allow it here:',
    ja: 'issue_refundには403が返り、別のスコープが必要だと示されました。ここで許可します：',
  },
  refundIssued: {
    en: '✓ Issued. The ledger says by whom:',
    ja: '✓ 返金しました。台帳には、誰によるものかが残ります：',
  },
  refundBack: {
    en: 'Back at the terminal. You may close this page.',
    ja: 'ターミナルに戻ってください。このページは閉じてかまいません。',
  },
  refundRefused: {
    en: 'Nothing was issued: the browser came back with {error}.',
    ja: '返金は行われませんでした。ブラウザーからの応答は{error}です。',
  },
  refundNoServer: {
    en: '{url} cannot be reached: {error}. Start it with npm run step 3, and its issuer with npm run issuer.',
    ja: '{url}に接続できません（{error}）。npm run step 3で起動し、発行者はnpm run issuerで起動してください。',
  },
  badUrl: {
    en: '--url takes the URL of an MCP endpoint.',
    ja: '--urlには、MCPエンドポイントのURLを指定します。',
  },
  aboutDiff: {
    en: 'Show what a step adds to the one before, or one part or file of it.',
    ja: '直前のステップからの差分を、全体か、部分やファイルごとに見る。',
  },
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
  badPort: {
    en: '--port wants a number from 1 to 65535, not {port}.',
    ja: '--portには1から65535までの数を指定します（{port}は不可）。',
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
  optionOnce: {
    en: 'end after the table (as it does without a terminal)',
    ja: '表を出したら終わる（ターミナルがなければ自動でそうなる）',
  },
  optionSteps: {
    en: 'only these steps, such as --step 0 1',
    ja: 'このステップだけ（例：--step 0 1）',
  },
  optionStay: {
    en: 'keep the steps running, without a terminal as well',
    ja: 'ターミナルがなくてもステップを動かしておく',
  },
  optionCheck: {
    en: 'look at this machine instead: would the workshop run?',
    ja: '代わりに、このマシンで動くかどうかを調べる',
  },
  optionLang: { en: 'en or ja', ja: 'enまたはja' },
  optionStdio: {
    en: 'serve over stdin and stdout, where no port is open',
    ja: 'ポートを開かず、標準入出力で動かす',
  },
  optionHelp: { en: 'show this help', ja: 'この説明を出す' },
  argumentStep: { en: 'number of the step', ja: 'ステップの番号' },
  argumentAttack: { en: 'name of the attack', ja: '攻撃の名前' },
  argumentDiff: {
    en: 'number of the step, or a part of step 3: 3a, 3b or 3c',
    ja: 'ステップの番号、またはステップ3の部分（3a、3b、3c）',
  },
  argumentFile: {
    en: 'only this file, such as guard.ts; behind --, options for git diff, such as --stat',
    ja: 'このファイルだけ（guard.tsなど）。--の後は、git diffのオプション（--statなど）',
  },
  usage: { en: 'Usage:', ja: '使い方：' },
  arguments: { en: 'Arguments:', ja: '引数：' },
  options: { en: 'Options:', ja: 'オプション：' },
  commands: { en: 'Commands:', ja: 'コマンド：' },
  swallowed: {
    en: 'npm keeps {option} for itself unless -- stands before it: npm {command} -- {option}',
    ja: '{option}の前に--がないと、npmが自分のオプションとして受け取ります：npm {command} -- {option}',
  },
} satisfies Record<string, Text>

/** Mistakes in a command line, by commander's code; {0} is what it names. */
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
  conflictingOption: {
    en: '{0} and {1} exclude each other.',
    ja: '{0}と{1}は同時に指定できません。',
  },
}

/** The steps in a sentence. */
export function listed(steps: Step[], tell: Tell): string {
  const names = steps.map((step) => tell(words.step, { step }))
  return names.join(tell(words.and))
}
