import type { Text } from '../language.ts'

/** What each lie is, in a sentence. */
export const lies = {
  'wrong-audience': {
    en: 'a genuine token that is meant for another server',
    ja: '本物だが、別のサーバーを宛先とするトークン',
  },
  'wrong-issuer': {
    en: 'a token that names another issuer',
    ja: '別の発行者を名乗るトークン',
  },
  'id-token': {
    en: 'an ID token, which says who signed in and opens nothing',
    ja: 'IDトークン。誰がログインしたかを示すだけで、何も許可しない',
  },
  expired: {
    en: 'a token that ended two minutes ago',
    ja: '2分前に期限が切れたトークン',
  },
  'not-yet-valid': {
    en: 'a token that begins in five minutes',
    ja: '5分後に有効になるトークン',
  },
  'no-expiry': {
    en: 'a token that never ends',
    ja: '期限のないトークン',
  },
  none: {
    en: 'a token that says that it is signed with none',
    ja: '署名なし（none）と名乗るトークン',
  },
  'hmac-with-public-key': {
    en: 'a token signed with HS256, with the public key as the shared secret',
    ja: '公開鍵を共通鍵に見立て、HS256で署名したトークン',
  },
  'own-key': {
    en: "a token signed with somebody's own key, under the issuer's key id",
    ja: '発行者の鍵IDをかたり、自分の鍵で署名したトークン',
  },
  'unlisted-algorithm': {
    en: 'a token signed with an algorithm that nobody agreed on',
    ja: '取り決めのないアルゴリズムで署名したトークン',
  },
  'embedded-key': {
    en: 'a token that brings the key it was signed with along',
    ja: '署名に使った鍵を自分で持参するトークン',
  },
  'key-url': {
    en: 'a token that says where its key is to be fetched',
    ja: '鍵の取得先を自分で指定するトークン',
  },
  'certificate-url': {
    en: 'a token that says where its certificate is to be fetched',
    ja: '証明書の取得先を自分で指定するトークン',
  },
  'unknown-extension': {
    en: 'a token that demands an extension nobody knows',
    ja: '誰も知らない拡張を必須とするトークン',
  },
  'unknown-key': {
    en: 'a token signed with a key that was never published',
    ja: '公開されたことのない鍵で署名したトークン',
  },
  'path-as-key': {
    en: 'a token whose key id is a path in the file system',
    ja: '鍵IDがファイルシステムのパスになっているトークン',
  },
} satisfies Record<string, Text>

export type LieName = keyof typeof lies

/** What a lie is, as a sentence begins. */
export const tellLie = (name: LieName) =>
  lies[name].en.charAt(0).toUpperCase() + lies[name].en.slice(1)
