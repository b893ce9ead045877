import type { Text } from 'guardcheck'

/** What one attack says. */
export const words = {
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
  aboutAttack: {
    en: 'Run one attack against one step; without a name, list them.',
    ja: '1つのステップに攻撃を1つ試す。名前を省くと一覧を出す。',
  },
  argumentAttack: { en: 'name of the attack', ja: '攻撃の名前' },
} satisfies Record<string, Text>
