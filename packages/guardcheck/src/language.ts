/** The languages that a learner reads. */
export const languages = ['en', 'ja'] as const

export type Language = (typeof languages)[number]

/** The same sentence in every language a learner reads. */
export interface Text {
  en: string
  ja: string
}

/** The language that the terminal's locale asks for, English otherwise. */
export function readLanguage(env: NodeJS.ProcessEnv): Language {
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || ''
  return /^ja([_.-]|$)/i.test(locale) ? 'ja' : 'en'
}
