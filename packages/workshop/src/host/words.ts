import type { Text } from 'guardcheck'

/** What is said to the host of a workshop. */
export const words = {
  aboutHost: {
    en: 'Say what a participant’s code stands for, or pack everything for a room without a network.',
    ja: '参加者のコードが表す内容を示す。または、ネットワークのない会場用に全体をまとめる。',
  },
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
  codeMisread: {
    en: '{code} is no code, or was misheard: ask once more.',
    ja: '{code}はコードではないか、聞き違いです。もう一度尋ねてください。',
  },
  codeSays: {
    en: 'Exercise {step}: {count} of {total} hold.',
    ja: '演習{step}：{total}件中{count}件が成り立っています。',
  },
} satisfies Record<string, Text>
