import type { Request, Response } from 'express'
import type { Language } from './words.ts'

const isLanguage = (text: unknown): text is Language =>
  text === 'en' || text === 'ja'

/**
 * The language of a page: what was clicked, now or before, then what the
 * client asked for (`ui_locales`), then what the browser prefers.
 */
export function languageOf(
  req: Request,
  res: Response,
  locales?: unknown,
): Language {
  const clicked = req.query.lang
  if (isLanguage(clicked)) {
    res.cookie('lang', clicked, {
      httpOnly: true,
      sameSite: 'lax',
      secure: true,
    })
    return clicked
  }
  const cookie = /(?:^|; )lang=(en|ja)(?:;|$)/.exec(req.headers.cookie ?? '')
  if (isLanguage(cookie?.[1])) return cookie[1]
  const wanted = String(locales ?? '')
    .split(' ')
    .map((tag) => tag.split('-')[0])
    .find(isLanguage)
  if (wanted) return wanted
  return req.acceptsLanguages('en', 'ja') === 'ja' ? 'ja' : 'en'
}
