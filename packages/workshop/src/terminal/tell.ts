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

/** What is said by more than one command. */
export const common = {
  step: { en: 'step {step}', ja: 'ステップ{step}' },
  and: { en: ', ', ja: '、' },
  breached: { en: '✗ breached', ja: '✗ 突破' },
  held: { en: '✓ held', ja: '✓ 阻止' },
  unknownStep: {
    en: 'There is no step {step}; there is {steps}.',
    ja: 'ステップ{step}はありません。あるのは{steps}です。',
  },
  noGit: {
    en: 'The diff is made by git, and git is not found: install it from https://git-scm.com.',
    ja: '差分の表示にはgitが必要ですが、見つかりません。https://git-scm.com からインストールしてください。',
  },
  about: {
    en: 'What a learner runs: the tour, one attack, one step, a diff.',
    ja: '学ぶ人が動かすもの：ツアー、攻撃、ステップ、差分。',
  },
  badPort: {
    en: '--port wants a number from 1 to 65535, not {port}.',
    ja: '--portには1から65535までの数を指定します（{port}は不可）。',
  },
  optionLang: { en: 'en or ja', ja: 'enまたはja' },
  optionHelp: { en: 'show this help', ja: 'この説明を出す' },
  argumentStep: { en: 'number of the step', ja: 'ステップの番号' },
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
  const names = steps.map((step) => tell(common.step, { step }))
  return names.join(tell(common.and))
}
