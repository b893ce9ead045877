import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Language, languages } from 'guardcheck'
import writeFileAtomic from 'write-file-atomic'
import { listSteps, root } from '../repository.ts'
import { compareSteps } from './compare.ts'
import { listLessons } from './lesson.ts'

/** The folder of the site, a workspace of its own. */
export const siteFolder = join(root, 'packages/site')

/** Where the finished site is. */
export const siteOutput = join(siteFolder, 'dist')

/** Builds the site: the lessons, and the page with its recorded run. */
export async function buildSite(): Promise<void> {
  const pnpm = (...args: string[]) =>
    execFileSync(
      'npx',
      ['--prefer-offline', '-y', 'pnpm@12.21.0', '--dir', siteFolder, ...args],
      { cwd: siteFolder, stdio: 'inherit' },
    )
  pnpm('install', '--frozen-lockfile')
  pnpm('run', 'build')
  const panel = join(siteOutput, 'panel')
  mkdirSync(panel, { recursive: true })
  cpSync(join(root, 'packages/workshop/page'), panel, { recursive: true })
  const index = readFileSync(join(panel, 'index.html'), 'utf8')
  await writeFileAtomic(
    join(panel, 'index.html'),
    index
      .replace('content="lessons/"', 'content="../"')
      .replaceAll('href="lessons/', 'href="../'),
  )
  const steps = listSteps()
  for (const from of steps) {
    for (const to of steps) {
      const file = join(panel, 'recorded', `diff-${from}-${to}.json`)
      await writeFileAtomic(file, JSON.stringify(await compareSteps(from, to)))
    }
  }
  await writeFileAtomic(
    join(siteOutput, 'index.html'),
    frame('panel/', languages),
  )
  for (const lang of languages) {
    const file = join(siteOutput, lang, 'index.html')
    await writeFileAtomic(file, frame('../panel/', [lang], '../'))
  }
}

const texts = {
  lessons: { en: 'Lessons', ja: 'レッスン' },
  panel: { en: 'Attacks and diffs', ja: '攻撃と差分' },
}

/** The way in: what there is to read, and the page with the attacks. */
function frame(panel: string, langs: readonly Language[], up = ''): string {
  const sections = langs.map((lang) => {
    const items = listLessons(lang).map(
      ({ name, title }) =>
        `<li><a href="${up}${lang}/${name}.html">${title.replaceAll('<', '&lt;')}</a></li>`,
    )
    return `<section lang="${lang}">
<h2>${texts.lessons[lang]}</h2>
<ul>${items.join('')}</ul>
<p><a href="${panel}?lang=${lang}">${texts.panel[lang]}</a></p>
</section>`
  })
  return `<!doctype html>
<html lang="${langs[0]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Guard Up</title>
<link rel="icon" href="${panel}icon.svg">
<link rel="stylesheet" href="${panel}style.css">
</head>
<body>
<main class="prose home">
<h1>Guard Up</h1>
<div class="editions">
${sections.join('\n')}
</div>
</main>
</body>
</html>
`
}
