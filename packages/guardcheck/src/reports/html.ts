import { createHash } from 'node:crypto'
import type { Report, Result } from '../judge/runner.ts'
import type { Language } from '../language.ts'
import { Markup, markup } from './markup.ts'
import type { ReportOptions } from './options.ts'
import { style } from './style.ts'
import { version } from './version.ts'
import { basisOf, conclude, fill, groupsOf, words } from './words.ts'

/**
 * The report as one HTML page that needs nothing else: no script, no other
 * file, and a policy that would refuse both.
 */
export function reportHtml(
  report: Report,
  { lang, predictions }: Pick<ReportOptions, 'lang' | 'predictions'>,
): string {
  const { target, open, date, durationMs } = report
  const digest = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`
  const [first = '', ...more] = conclude(report, lang)
  const dated = fill(words.dated[lang], {
    date: date.toISOString().slice(0, 16).replace('T', ' ').concat(' UTC'),
    seconds: (durationMs / 1000).toFixed(1),
    version,
  })
  const page = markup`${new Markup('<!doctype html>')}
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>guardcheck: ${target.href}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<p class="name">guardcheck</p>
<h1>${target.href}</h1>
${open ? markup`<p class="open"><span aria-hidden="true">✗</span> ${words.open[lang]}</p>` : ''}
<p class="verdict">${first}</p>
${more.map((line) => markup`<p>${line}</p>`)}
${tally(report, lang)}
<p class="dated">${dated}</p>
</header>
<main>
${groupsOf(report, lang).map(
  ({ heading, verdict, results }) => markup`<section>
<h2>${heading} <span class="count">${results.length}</span></h2>
${
  verdict !== 'fails'
    ? markup`<details><summary>${results
        .map(({ property }) => property.id)
        .slice(0, 3)
        .join(', ')}${results.length > 3 ? ', …' : ''}</summary>
${results.map((result) => resultOf(result, lang))}
</details>`
    : results.map((result) => resultOf(result, lang))
}
</section>
`,
)}
${
  predictions.size > 0
    ? markup`<section>
<h2>${words.client[lang]}</h2>
${[...predictions].map(
  ([{ title }, found]) => markup`<article class="client">
<h3>${title}</h3>
${found.length === 0 ? markup`<p>${words.unknown[lang]}</p>` : ''}
${found.map(
  (prediction) => markup`<p>${prediction.does[lang]}</p>
<p class="small">${basisOf(prediction, lang)} <a href="${prediction.source}">${prediction.source}</a></p>
`,
)}</article>
`,
)}</section>`
    : ''
}
</main>
</body>
</html>`
  return `${page.text}\n`
}

const marks = { fails: '✗', holds: '✓', 'not-applicable': '–' }

/** How many of each verdict, as numbers that are read at a glance. */
function tally({ results }: Report, lang: Language): Markup {
  const verdicts = ['fails', 'not-applicable', 'holds'] as const
  return markup`<dl class="tally">${verdicts.map(
    (verdict) =>
      markup`<div class="${verdict}"><dt>${words[verdict][lang]}</dt><dd>${results.filter((result) => result.verdict === verdict).length}</dd></div>`,
  )}</dl>`
}

/** A sentence of ours, its `code` marked up. */
const withCode = (sentence: string) =>
  sentence
    .split('`')
    .map((part, index) => (index % 2 ? markup`<code>${part}</code>` : part))

function resultOf(
  { property, verdict, why, evidence }: Result,
  lang: Language,
): Markup {
  const { id, level, claim, advice, owasp, source } = property
  const exchange = evidence.at(-1)
  return markup`<article class="${verdict}" id="${id.replace('/', '.')}">
<h3><span class="mark" title="${words[verdict][lang]}">${marks[verdict]}</span> ${id} <span class="level">${level.toUpperCase()}</span></h3>
<p>${claim[lang]}</p>
${why === '' ? '' : markup`<p class="why" lang="en">${why}</p>`}
${verdict === 'fails' ? markup`<p class="advice"><b>${words.advice[lang]}</b> ${withCode(advice[lang])}</p>` : ''}
<p class="small">${owasp.join(' ')} ${source.map((link, index) => markup`<a href="${link}">${words.source[lang]}${source.length > 1 ? ` ${index + 1}` : ''}</a> `)}</p>
${
  exchange
    ? markup`<details><summary>${words.evidence[lang]}</summary>
<h4>${words.sent[lang]}</h4>
<pre tabindex="0">${exchange.sent}</pre>
<h4>${words.received[lang]}</h4>
<pre tabindex="0">${exchange.received || exchange.failure || ''}</pre>
</details>`
    : ''
}
</article>
`
}
