import type { Report, Result } from '../judge/runner.ts'
import type { Language } from '../language.ts'
import type { Text } from '../property.ts'
import type { Prediction } from './predictions.ts'

export const words = {
  open: {
    en: 'This endpoint answers a call without a credential: whoever reaches it may call its tools.',
    ja: 'このエンドポイントは資格情報のない呼び出しに応答します。到達できる人は誰でもツールを呼び出せます。',
  },
  level: {
    en: 'Level {level}: no MUST or SHOULD up to step {level} of 3 was seen to fail.',
    ja: 'レベル{level}：全3ステップのうちステップ{level}までのMUSTとSHOULDに、不成立は見つかりませんでした。',
  },
  noLevel: {
    en: 'No level: the server itself breaks a MUST or SHOULD of step 0.',
    ja: 'レベルなし：ガード以前の、ステップ0のMUSTまたはSHOULDが成り立っていません。',
  },
  undecided: {
    en: 'Up to there, {count} properties could not be decided and say nothing either way.',
    ja: 'そこまでのうち{count}件は判定できておらず、成立とも不成立とも言えません。',
  },
  good: {
    en: 'A right guard with a static token; OAuth (step 3) is a further step, not a repair.',
    ja: '固定トークンのガードとして正しい状態です。OAuth（ステップ3）は修理ではなく、次の段階です。',
  },
  fails: { en: 'Fails', ja: '不成立' },
  holds: { en: 'Holds', ja: '成立' },
  'not-applicable': { en: 'Not applicable', ja: '判定対象外' },
  dated: {
    en: 'Judged on {date} in {seconds} s by guardcheck {version}.',
    ja: '{date}に、guardcheck {version}が{seconds}秒で判定しました。',
  },
  client: {
    en: 'What clients are going to do',
    ja: 'クライアントの動作予測',
  },
  unknown: {
    en: 'Nothing is known about it and a server like this one.',
    ja: 'このようなサーバーでの動作は分かっていません。',
  },
  reported: {
    en: 'Reported of {versions}:',
    ja: '{versions}での報告：',
  },
  ran: {
    en: 'Run on {day} with {versions}:',
    ja: '{day}に{versions}で確認：',
  },
  evidence: {
    en: 'The exchange that decided it',
    ja: '決め手になったやり取り',
  },
  source: { en: 'Source', ja: '出典' },
  step: { en: 'step {step}', ja: 'ステップ{step}' },
  advice: { en: 'What to do', ja: '対処' },
  sent: { en: 'Sent', ja: '送信' },
  received: { en: 'Received', ja: '受信' },
} satisfies Record<string, Text>

/** The verdict on the whole, and what it means, in a sentence each. */
export function conclude({ level, results }: Report, lang: Language): string[] {
  const count = results.filter(
    ({ property, verdict }) =>
      verdict === 'not-applicable' && property.since <= level,
  ).length
  const told = level < 0 ? words.noLevel : words.level
  return [
    fill(told[lang], { level }),
    ...(count > 0 ? [fill(words.undecided[lang], { count })] : []),
    ...(level === 2 ? [words.good[lang]] : []),
  ]
}

/** How a prediction is known, as it stands before its source. */
export function basisOf(
  { basis, versions }: Prediction,
  lang: Language,
): string {
  const told = basis === 'reported' ? words.reported : words.ran
  return fill(told[lang], { versions, day: basis.replace('run ', '') })
}

/** Puts values in the places of a sentence that name them. */
export function fill(
  sentence: string,
  values: Record<string, string | number>,
): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => `${values[name]}`)
}

/** Results that belong together in a report, under a heading. */
export interface Group {
  heading: string
  verdict: Result['verdict']
  results: Result[]
}

/** What fails by step, the first step first; then the undecided, and the rest. */
export function groupsOf({ results }: Report, lang: Language): Group[] {
  const steps = ([0, 1, 2, 3] as const).map((step) => ({
    heading: `${words.fails[lang]} · ${fill(words.step[lang], { step })}`,
    verdict: 'fails' as const,
    results: results.filter(
      ({ property, verdict }) => verdict === 'fails' && property.since === step,
    ),
  }))
  const others = (['not-applicable', 'holds'] as const).map((verdict) => ({
    heading: words[verdict][lang],
    verdict,
    results: results.filter((result) => result.verdict === verdict),
  }))
  return [...steps, ...others]
    .filter(({ results: of }) => of.length > 0)
    .map((group) => ({ ...group, results: group.results.sort(worseFirst) }))
}

const ranks = { must: 0, should: 1, policy: 2 }

/** Puts MUSTs before SHOULDs, and earlier steps before later ones. */
const worseFirst = (a: Result, b: Result) =>
  ranks[a.property.level] - ranks[b.property.level] ||
  a.property.since - b.property.since
