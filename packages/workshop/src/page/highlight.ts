import type { HighlighterCore } from '@shikijs/core'

/** A part of a line, with what it is to the language where that matters. */
export type Piece = string | [text: string, kind: string]

let highlighter: Promise<HighlighterCore> | undefined

/** Loads the grammars when the first of them is wanted: it takes a while. */
async function load(): Promise<HighlighterCore> {
  const [core, { createJavaScriptRegexEngine }, ...langs] = await Promise.all([
    import('@shikijs/core'),
    import('@shikijs/engine-javascript'),
    import('@shikijs/langs/typescript'),
    import('@shikijs/langs/json'),
    import('@shikijs/langs/http'),
    import('@shikijs/langs/shellscript'),
    import('@shikijs/langs/shellsession'),
  ])
  return core.createHighlighterCore({
    engine: createJavaScriptRegexEngine(),
    langs,
    // Kinds of words in the place of colours: the style sheet has those, and
    // the page's policy lets none stand in an element.
    themes: [core.createCssVariablesTheme({ name: 'kinds', fontStyle: false })],
  })
}

/**
 * The lines of a text in pieces; each line as it stands where the language is
 * none that is known.
 */
export async function highlight(
  code: string,
  language: string,
): Promise<Piece[][]> {
  highlighter ??= load()
  const loaded = await highlighter
  if (!loaded.getLoadedLanguages().includes(language)) {
    return code.split('\n').map((line) => [line])
  }
  const lines = loaded.codeToTokensBase(code, {
    lang: language,
    theme: 'kinds',
  })
  return lines.map((tokens) => {
    const pieces: Piece[] = []
    for (const { content, color } of tokens) {
      const kind = /--shiki-token-([\w-]+)/.exec(color ?? '')?.[1]
      const last = pieces.at(-1)
      if (kind && Array.isArray(last) && last[1] === kind) last[0] += content
      else if (kind) pieces.push([content, kind])
      else if (typeof last === 'string')
        pieces[pieces.length - 1] = last + content
      else pieces.push(content)
    }
    return pieces
  })
}
