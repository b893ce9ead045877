/** What a token can allow. */
export const scopes = [
  'documents:read',
  'customers:read',
  'stock:read',
  'refunds:write',
] as const

export type Scope = (typeof scopes)[number]

export const isScope = (text: string): text is Scope =>
  (scopes as readonly string[]).includes(text)

/** What a client gets that asks for nothing in particular. */
export const defaultScope: Scope = 'documents:read'

export type Language = 'en' | 'ja'

interface Words {
  scope: Record<Scope, string>
  login: string
  loginFor: (client: string) => string
  name: string
  password: string
  wrong: string
  slow: (minutes: number) => string
  consent: (client: string) => string
  you: (name: string) => string
  willBeAbleTo: string
  willNot: (name: string) => string
  nothing: (client: string, name: string) => string
  at: string
  sentTo: string
  localhost: string
  publisher: (host: string) => string
  unverified: string
  allow: string
  deny: string
  back: string
  switchPerson: string
  otherLanguage: string
  failed: string
  failedHint: string
  staleForm: string
}

export const words: Record<Language, Words> = {
  en: {
    scope: {
      'documents:read': 'Read the documents of the office',
      'customers:read': 'Look up customers in the database',
      'stock:read': 'See how much of a product is in stock',
      'refunds:write': 'Pay money back to customers, in your name',
    },
    login: 'Log in',
    loginFor: (client) => `to continue to ${client}`,
    name: 'Name',
    password: 'Password',
    wrong: 'No one has this name and this password.',
    slow: (minutes) =>
      `Too many wrong passwords. Try again in ${minutes} minute${minutes === 1 ? '' : 's'}.`,
    consent: (client) => `${client} asks for access`,
    you: (name) => `You are logged in as ${name}.`,
    willBeAbleTo: 'It will be able to:',
    willNot: (name) => `It also asked for this, which ${name} may not give:`,
    nothing: (client, name) =>
      `${client} asked only for what ${name} may not give.`,
    at: 'This is for the server at',
    sentTo: 'You will be sent to',
    localhost:
      'This address is a program on your own computer. Allow it only if you started that program yourself, just now.',
    publisher: (host) => `It is published at ${host}.`,
    unverified:
      'It registered itself: nobody has checked that the name is its own.',
    allow: 'Allow',
    deny: 'Deny',
    back: 'Back to the application',
    switchPerson: 'Use another name',
    otherLanguage: '日本語',
    failed: 'This did not work',
    failedHint: 'Go back to the application and start again from there.',
    staleForm: 'This form has been used already, or has expired.',
  },
  ja: {
    scope: {
      'documents:read': 'オフィスの文書を読む',
      'customers:read': 'データベースで顧客を検索する',
      'stock:read': '商品の在庫数を調べる',
      'refunds:write': 'あなたの名前で顧客に返金する',
    },
    login: 'ログイン',
    loginFor: (client) => `${client} に進みます`,
    name: '名前',
    password: 'パスワード',
    wrong: '名前またはパスワードが違います。',
    slow: (minutes) =>
      `パスワードの間違いが続きました。${minutes} 分後にもう一度お試しください。`,
    consent: (client) => `${client} がアクセスの許可を求めています`,
    you: (name) => `${name} としてログインしています。`,
    willBeAbleTo: '許可すると、次のことができるようになります。',
    willNot: (name) => `次の要求もありましたが、${name} は許可できません。`,
    nothing: (client, name) =>
      `${client} が求めているのは、${name} には許可できないことだけです。`,
    at: '対象のサーバー',
    sentTo: 'この後の移動先',
    localhost:
      '移動先は、このコンピューターで動いているプログラムです。たった今あなた自身が起動したものでなければ、許可しないでください。',
    publisher: (host) => `公開元は ${host} です。`,
    unverified:
      'このアプリケーションは自分で登録したものです。名前が本物かどうかは確認されていません。',
    allow: '許可する',
    deny: '許可しない',
    back: 'アプリケーションに戻る',
    switchPerson: '別の名前でログインする',
    otherLanguage: 'English',
    failed: '処理できませんでした',
    failedHint: 'アプリケーションに戻って、最初からやり直してください。',
    staleForm: 'このフォームはすでに使われたか、期限が切れています。',
  },
}
