import type { KoaContextWithOIDC } from 'oidc-provider'
import { type Language, type Scope, words } from './words.ts'

/** Text that is HTML already. */
class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = string | Html | undefined | false | Part[]

/** A template whose values cannot become markup. */
const html = ({ raw }: TemplateStringsArray, ...parts: Part[]) =>
  new Html(String.raw({ raw }, ...parts.map(render)))

const render = (part: Part): string => {
  if (Array.isArray(part)) return part.map(render).join('')
  if (part instanceof Html) return part.text
  return part ? part.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`) : ''
}

/** A name that somebody chose, fit to be shown: short, and all in one line. */
export const shown = (name: string) =>
  name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').slice(0, 60)

/** What both forms know. */
interface Form {
  language: Language
  /** Where the other language is. */
  otherHref: string
  client: string
  /** Works once, for this one interaction. */
  token: string
}

export interface LoginForm extends Form {
  login?: string
  problem?: string
}

/** Asks who is there. */
export function loginPage(form: LoginForm): string {
  const word = words[form.language]
  return page(
    form,
    word.login,
    html`<h1>${word.login}</h1>
<p>${word.loginFor(form.client)}</p>
${form.problem && html`<p class="problem" role="alert">${form.problem}</p>`}
<form method="post">
<input type="hidden" name="token" value="${form.token}">
<label for="login">${word.name}</label>
<input id="login" name="login" value="${form.login}" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64"${!form.login && html` autofocus`}>
<label for="password">${word.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256"${Boolean(form.login) && html` autofocus`}>
<div class="buttons"><button name="action" value="login">${word.login}</button>
<button name="action" value="deny" class="quiet" formnovalidate>${word.back}</button></div>
</form>`,
  )
}

export interface ConsentForm extends Form {
  person: string
  /** Scopes that the person is asked to give. */
  asked: Scope[]
  /** Scopes that were asked for, and that this person may not give. */
  refused: Scope[]
  /** Where the tokens will open something. */
  resources: string[]
  redirect: URL
  /** How the client came to be known here. */
  origin: 'ours' | 'document' | 'registered'
  /** The host that answers for a client which is a URL. */
  publisher: string
}

/** Asks whether a client may do what it wants. */
export function consentPage(form: ConsentForm): string {
  const word = words[form.language]
  const { client, person, asked, refused, redirect, origin } = form
  const may = asked.length > 0
  const items = (names: Scope[]) =>
    names.map((name) => html`<li>${word.scope[name]} <code>${name}</code></li>`)
  const isLocal = redirect.protocol === 'http:'
  return page(
    form,
    word.consent(client),
    html`<h1>${word.consent(client)}</h1>
${origin === 'registered' && html`<p class="problem">${word.unverified}</p>`}
${origin === 'document' && html`<p class="id">${word.publisher(form.publisher)}</p>`}
<p>${word.you(person)}</p>
${may && html`<p>${word.willBeAbleTo}</p><ul>${items(asked)}</ul>`}
${!may && html`<p class="problem" role="alert">${word.nothing(client, person)}</p>`}
${may && refused.length > 0 && html`<p>${word.willNot(person)}</p>`}
${refused.length > 0 && html`<ul class="refused">${items(refused)}</ul>`}
<dl>
<dt>${word.at}</dt>${form.resources.map((url) => html`<dd>${url}</dd>`)}
<dt>${word.sentTo}</dt><dd>${redirect.host}</dd>
</dl>
${may && isLocal && html`<p class="problem">${word.localhost}</p>`}
<form method="post">
<input type="hidden" name="token" value="${form.token}">
<div class="buttons">
${may && html`<button name="action" value="allow">${word.allow}</button>`}
<button name="action" value="deny" class="quiet">${may ? word.deny : word.back}</button>
<button name="action" value="switch" class="link">${word.switchPerson}</button>
</div>
</form>`,
  )
}

/** Says what went wrong, to whoever sits at the browser. */
export function errorPage(
  language: Language,
  code: string,
  detail?: string,
): string {
  const word = words[language]
  return page(
    { language },
    word.failed,
    html`<h1>${word.failed}</h1>
${detail && html`<p>${detail}</p>`}
<p>${word.failedHint}</p>
<p class="id"><code>${code}</code></p>`,
  )
}

/** How the library has its errors shown. */
export type RenderError = (
  ctx: KoaContextWithOIDC,
  out: { error: string; error_description?: string },
) => void

function page(
  { language, otherHref }: { language: Language; otherHref?: string },
  title: string,
  body: Html,
): string {
  const other = language === 'en' ? 'ja' : 'en'
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
${body}
</main>
${otherHref && html`<footer><a href="${otherHref}" lang="${other}" hreflang="${other}">${words[language].otherLanguage}</a></footer>`}
</body>
</html>
`.text
}
