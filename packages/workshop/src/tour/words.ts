import type { Text } from 'guardcheck'

/** What the tour says, and the check of the machine. */
export const words = {
  title: {
    en: 'the same attacks against every step',
    ja: '同じ攻撃を、すべてのステップに',
  },
  attack: { en: 'attack', ja: '攻撃' },
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
  untilInterrupted: {
    en: 'Ctrl-C ends the tour and everything that it started.',
    ja: 'Ctrl-Cでツアーを終え、起動したものもすべて終了します。',
  },
  ended: {
    en: 'Ended: nothing is left running.',
    ja: '終了しました。動いたままのものはありません。',
  },
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
  aboutTour: {
    en: 'Run the attacks against every step, and keep the steps running.',
    ja: 'すべてのステップに攻撃を試し、そのままステップを動かしておく。',
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
} satisfies Record<string, Text>
