import type { Text } from 'guardcheck'

/** What the drill says. */
export const words = {
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
} satisfies Record<string, Text>
