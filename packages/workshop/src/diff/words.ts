import type { Text } from 'guardcheck'

/** What a diff says. */
export const words = {
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
  aboutDiff: {
    en: 'Show what a step adds to the one before, or one part or file of it.',
    ja: '直前のステップからの差分を、全体か、部分やファイルごとに見る。',
  },
  argumentDiff: {
    en: 'number of the step, or a part of step 3: 3a, 3b or 3c',
    ja: 'ステップの番号、またはステップ3の部分（3a、3b、3c）',
  },
  argumentFile: {
    en: 'only this file, such as guard.ts; behind --, options for git diff, such as --stat',
    ja: 'このファイルだけ（guard.tsなど）。--の後は、git diffのオプション（--statなど）',
  },
} satisfies Record<string, Text>
