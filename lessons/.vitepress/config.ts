// Nothing is imported: the site has a workspace of its own, elsewhere.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

type Language = 'en' | 'ja'

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** What the site has installed: nothing is beside the lessons. */
const site = folder('../../packages/site/node_modules')

/** The lessons of a language, in the order in which they are read. */
function listLessons(lang: Language) {
  return readdirSync(folder(`../${lang}`))
    .map((file) => /^(.+)\.md$/.exec(file)?.[1] ?? '')
    .filter(Boolean)
    .sort()
    .map((name) => {
      const text = readFileSync(folder(`../${lang}/${name}.md`), 'utf8')
      const title = /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '')
      return { text: title ?? name, link: `/${lang}/${name}` }
    })
}

/** Words as each language has them: Japanese puts no spaces between them. */
function tokenize(text: string): string[] {
  const segmenter = new Intl.Segmenter('ja', { granularity: 'word' })
  return Array.from(segmenter.segment(text))
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment }) => segment.toLowerCase())
}

const words = {
  en: {
    panel: 'Attacks and diffs',
    lessons: 'Lessons',
  },
  ja: {
    panel: '攻撃と差分',
    lessons: 'レッスン',
    docFooter: { prev: '前へ', next: '次へ' },
    outline: { label: 'このページの内容' },
    darkModeSwitchLabel: '外観',
    lightModeSwitchTitle: '明るい表示にする',
    darkModeSwitchTitle: '暗い表示にする',
    sidebarMenuLabel: 'レッスン',
    returnToTopLabel: '先頭へ戻る',
    langMenuLabel: '言語を変える',
    skipToContentLabel: '本文へ',
  },
}

const localeFor = (lang: Language, label: string) => {
  const { panel, lessons, ...rest } = words[lang]
  return {
    label,
    lang,
    // The switch keeps the place only when this is the folder itself.
    link: `/${lang}/`,
    themeConfig: {
      nav: [{ text: panel, link: `/panel/?lang=${lang}`, target: '_self' }],
      sidebar: [{ text: lessons, items: listLessons(lang) }],
      ...rest,
    },
  }
}

/** Where code outside the lessons is read; nowhere when it is not told. */
const repository = process.env.SITE_REPOSITORY?.replace(/\/$/, '')

interface Token {
  type: string
  tag: string
  attrs: [string, string][] | null
  children: Token[] | null
}

/** Leads a link to a file of the code to where it is read. */
function leadOn(token: Token): void {
  for (const attr of token.attrs ?? []) {
    if (attr[0] !== 'href' || !attr[1].startsWith('../../')) continue
    const path = attr[1].slice('../../'.length)
    const [, step, file] = /packages\/step-(\d)\/src\/(.+)$/.exec(path) ?? []
    const before = Math.max(0, Number(step) - 1)
    attr[1] = file
      ? `/panel/#/diff/${before}/${step}/${file}`
      : `${repository}/${path}`
  }
}

const base = process.env.SITE_BASE ?? '/'

export default {
  title: 'Guard Up',
  head: [['link', { rel: 'icon', href: `${base}panel/icon.svg` }]],
  outDir: '../packages/site/dist',
  cacheDir: '../packages/site/.cache',
  srcExclude: [
    'exercises/**',
    'clients/**',
    'glossary.md',
    '**/node_modules/**',
  ],
  cleanUrls: true,
  base,
  // The panel is put beside the lessons when they are built.
  ignoreDeadLinks: [/^\/panel\//],
  locales: { en: localeFor('en', 'English'), ja: localeFor('ja', '日本語') },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        miniSearch: { options: { tokenize } },
        locales: {
          ja: {
            translations: {
              button: { buttonText: '検索', buttonAriaLabel: '検索' },
              modal: {
                noResultsText: '見つかりません：',
                resetButtonTitle: '消す',
                footer: {
                  selectText: '開く',
                  navigateText: '移動',
                  closeText: '閉じる',
                },
              },
            },
          },
        },
      },
    },
  },
  vite: {
    resolve: {
      alias: [
        {
          find: /^vue\/server-renderer$/,
          replacement: `${site}/vue/server-renderer/index.mjs`,
        },
        {
          find: /^vue$/,
          replacement: `${site}/vue/dist/vue.runtime.esm-bundler.js`,
        },
      ],
    },
  },
  markdown: {
    // What is HTML in a lesson shows as text, as in the page.
    html: false,
    config(md: {
      core: {
        ruler: {
          before(
            other: string,
            name: string,
            rule: (state: { src: string }) => void,
          ): void
          push(name: string, rule: (state: { tokens: Token[] }) => void): void
        }
      }
    }) {
      // The weaver's marks are for the weaver.
      md.core.ruler.before('normalize', 'marks', (state) => {
        state.src = state.src.replace(/^<!-- .*? -->$/gm, '')
      })
      md.core.ruler.push('links', ({ tokens }) => {
        for (const { children } of tokens) {
          const opened = (children ?? []).filter(
            ({ type }) => type === 'link_open',
          )
          for (const token of opened) {
            const away = token.attrs?.some(([, to]) => to.startsWith('../../'))
            if (!away) continue
            leadOn(token)
            const dead = token.attrs?.some(([, to]) =>
              to.startsWith('undefined/'),
            )
            if (!dead || !children) continue
            const at = children.indexOf(token)
            const closing = children
              .slice(at)
              .find(({ type }) => type === 'link_close')
            for (const part of [token, closing]) {
              if (!part) continue
              part.tag = 'span'
              part.attrs = null
            }
            token.type = 'span_open'
            if (closing) closing.type = 'span_close'
          }
        }
      })
    },
  },
}
