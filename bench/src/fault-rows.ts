import { readFileSync } from 'node:fs'
import { z } from 'zod'

const Recorded = z.strictObject({
  recordedAt: z.iso.datetime(),
  /** Where it was recorded. */
  machine: z.string(),
  /** The load of the machine when it began. */
  load: z.number(),
  faults: z.record(z.string(), z.record(z.string(), z.number())),
})

/** What each bad day came to: figures by their names. */
export type Faults = z.infer<typeof Recorded>

export const faultsFile = new URL('../faults.json', import.meta.url)

/** @throws {Error} when nothing was recorded, or not so */
export const readFaults = (file: string | URL = faultsFile): Faults =>
  Recorded.parse(JSON.parse(readFileSync(file, 'utf8')))

type Figures = Record<string, number>

/** A bad day, and what came of it. */
export interface FaultRow {
  id: string
  words: { en: string; ja: string }
  came: { en(it: Figures): string; ja(it: Figures): string }
}

const row = (
  id: string,
  words: FaultRow['words'],
  came: FaultRow['came'],
): FaultRow => ({ id, words, came })

const seconds = (ms = 0) => (ms / 1000).toFixed(1)
const count = (it = 0) => it.toLocaleString('en-US')

/** What the README tells, in order. */
export const faultRows: FaultRow[] = [
  row(
    'disk-ENOSPC',
    {
      en: 'the disk is full while a token is rotated',
      ja: 'トークンのローテーション中にディスクがあふれる',
    },
    {
      en: () => '`key` says so, and the file stays as it was',
      ja: () => '`key`がそう伝え、ファイルは元のままです',
    },
  ),
  row(
    'disk-EROFS',
    {
      en: 'the disk can only be read meanwhile',
      ja: '同じく、ディスクが読み取り専用になる',
    },
    { en: () => 'the same', ja: () => '同上' },
  ),
  row(
    'certificate',
    {
      en: 'the certificate is replaced under load',
      ja: '負荷をかけたまま証明書を差し替える',
    },
    {
      en: ({ ms }) => `shown after ${ms} ms`,
      ja: ({ ms }) => `${ms}ミリ秒後に新しい証明書`,
    },
  ),
  row(
    'issuer-gone',
    {
      en: 'the issuer is gone for two seconds',
      ja: '発行者が2秒間いなくなる',
    },
    {
      en: ({ status, ms }) =>
        `${status} for its new tokens; they count ${ms} ms after it is back`,
      ja: ({ status, ms }) =>
        `その間の新しいトークンには${status}、復帰の${ms}ミリ秒後から有効`,
    },
  ),
  row(
    'issuer-slow',
    {
      en: 'each answer of the issuer takes 1.5 s, then 7 s',
      ja: '発行者の応答に1.5秒、次に7秒かかる',
    },
    {
      en: ({ jwt, status, ms, alone, beside }) =>
        `its tokens wait ${seconds(jwt)} s, then ${status} after ${seconds(ms)} s; calls beside them take ${beside} ms (alone ${alone} ms)`,
      ja: ({ jwt, status, ms, alone, beside }) =>
        `そのトークンは${seconds(jwt)}秒待ち、次は${seconds(ms)}秒で${status}。ほかの呼び出しは${beside}ミリ秒（単独では${alone}ミリ秒）`,
    },
  ),
  row(
    'issuer-keys',
    {
      en: 'the issuer signs with a new key (`OAUTH_MAX_AGE=1`)',
      ja: '発行者が新しい鍵で署名する（`OAUTH_MAX_AGE=1`）',
    },
    {
      en: ({ ms }) => `counts after ${ms} ms`,
      ja: ({ ms }) => `${ms}ミリ秒後から有効`,
    },
  ),
  row(
    'clock-forth',
    {
      en: 'the clock jumps past an expiry, and back',
      ja: '時計が有効期限の先へ飛び、元に戻る',
    },
    {
      en: ({ ms, back }) =>
        `401 after ${ms} ms, also for tokens seen before; 200 again after ${back} ms`,
      ja: ({ ms, back }) =>
        `見たことのあるトークンも${ms}ミリ秒後に401、戻ると${back}ミリ秒後に200`,
    },
  ),
  row(
    'clock-back',
    {
      en: 'the clock jumps before a beginning, and forth',
      ja: '時計が有効期間の前へ戻り、また進む',
    },
    {
      en: ({ ms, back }) => `401 after ${ms} ms; 200 again after ${back} ms`,
      ja: ({ ms, back }) => `${ms}ミリ秒後に401、戻ると${back}ミリ秒後に200`,
    },
  ),
  ...(
    [
      [
        'writers',
        'send a byte of a head every second',
        'ヘッダーを毎秒1バイトずつ送る',
      ],
      ['stallers', 'announce a body and stop', 'ボディを送ると告げて止まる'],
      ['readers', 'never read their answers', '応答を読まない'],
    ] as const
  ).map(([id, en, ja]) =>
    row(
      id,
      { en: `200 clients ${en}`, ja: `200のクライアントが${ja}` },
      {
        en: ({ ms, alone, beside }) =>
          `let go after ${seconds(ms)} s; calls beside them take ${beside} ms (alone ${alone} ms)`,
        ja: ({ ms, alone, beside }) =>
          `${seconds(ms)}秒後に切断。ほかの呼び出しは${beside}ミリ秒（単独では${alone}ミリ秒）`,
      },
    ),
  ),
  row(
    'half-open',
    {
      en: '100 clients vanish without a word',
      ja: '100のクライアントが黙って消える',
    },
    {
      en: ({ ms }) => `let go after ${seconds(ms)} s`,
      ja: ({ ms }) => `${seconds(ms)}秒後に切断`,
    },
  ),
  row(
    'soak',
    { en: 'two minutes without a pause', ja: '2分間の連続した負荷' },
    {
      en: ({ calls, early, late }) =>
        `${count(calls)} calls; ${early} MB in the middle, ${late} MB at the end`,
      ja: ({ calls, early, late }) =>
        `${count(calls)}回の呼び出し。メモリは途中で${early}MB、最後に${late}MB`,
    },
  ),
  row(
    'sigterm',
    { en: 'SIGTERM under load', ja: '負荷の中のSIGTERM' },
    {
      en: ({ ms, cut }) => `ended after ${ms} ms, ${cut} calls cut`,
      ja: ({ ms, cut }) => `${ms}ミリ秒後に終了、切られた呼び出しは${cut}`,
    },
  ),
]
