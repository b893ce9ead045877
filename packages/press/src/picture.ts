import type { Language } from './lesson.ts'

type Words = Record<Language, string>

interface Picture {
  /** What somebody learns from it who does not see it. */
  told: Words
  draw(say: (words: Words) => string): string
}

/**
 * A picture of the lessons, drawn with the words of one language.
 * @throws {Error} when there is none of that name
 */
export function drawPicture(name: string, language: Language): string {
  const { told, draw } = find(name)
  return frame(
    told[language],
    draw((words) => words[language]),
  )
}

/** How a lesson shows a picture, and tells it to whoever does not see it. */
export function embedPicture(name: string, language: Language): string {
  return `![${find(name).told[language]}](${name}.svg)\n`
}

function find(name: string): Picture {
  const picture = pictures[name]
  if (!picture) throw new Error(`There is no picture called ${name}.`)
  return picture
}

const width = 840
const height = 412
/** Where the columns begin, and how large a box is. */
const column = [54, 212, 370, 528, 686] as const
const box = { width: 136, height: 56 }

// It brings its own ground: where it is shown, nobody says whether that is
// light or dark, and paper is always light.
const style = `
    .ground { fill: #ffffff; stroke: #d0d7de }
    .box { fill: #f6f8fa; stroke: #57606a }
    .guard { fill: #ddf4ff; stroke: #0969da; stroke-width: 2 }
    .later { stroke-dasharray: 5 4 }
    .way { fill: none; stroke: #57606a; stroke-width: 1.5 }
    .attack { fill: none; stroke: #cf222e; stroke-width: 2 }
    text { fill: #1f2328; font: 14px system-ui, sans-serif }
    .title { font-size: 16px; font-weight: 600 }
    .code { font: 13px ui-monospace, monospace }
    .bad { fill: #cf222e }
    .head { fill: #57606a }
    .bad-head { fill: #cf222e }
    @media screen and (prefers-color-scheme: dark) {
      .ground { fill: #0d1117; stroke: #30363d }
      .box { fill: #161b22; stroke: #9198a1 }
      .guard { fill: #0c2d4a; stroke: #4493f8 }
      .way { stroke: #9198a1 }
      .attack { stroke: #ff7b72 }
      text { fill: #f0f6fc }
      .bad { fill: #ff7b72 }
      .head { fill: #9198a1 }
      .bad-head { fill: #ff7b72 }
    }`

function frame(told: string, drawn: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="told">
  <title id="told">${escapeXml(told)}</title>
  <style>${style}
  </style>
  <defs>
    <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker>
    <marker id="bad-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path class="bad-head" d="M0 0 8 4 0 8z"/></marker>
  </defs>
  <rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${drawn
  .split('\n')
  .filter((line) => line.trim())
  .map((line) => `  ${line.trim()}`)
  .join('\n')}
</svg>
`
}

/** A box at a column, with one line of text in it or two. */
function boxAt(at: number, y: number, lines: string[], kind = 'box'): string {
  const x = column[at] ?? 0
  const middle = x + box.width / 2
  const first = y + box.height / 2 + 5 - (lines.length - 1) * 9
  return `<rect class="${kind}" x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="5"/>
${lines.map((line, index) => textAt(middle, first + index * 19, line, { anchor: 'middle' })).join('\n')}`
}

/** A text; what stands in backticks is code. */
function textAt(
  x: number,
  y: number,
  text: string,
  { kind = '', anchor = 'start' } = {},
): string {
  const [, code] = /^`(.*)`$/.exec(text) ?? []
  const names = [kind, code === undefined ? '' : 'code'].filter(Boolean)
  const known = names.length ? ` class="${names.join(' ')}"` : ''
  return `<text${known} x="${x}" y="${y}" text-anchor="${anchor}">${escapeXml(code ?? text)}</text>`
}

const way = (d: string, later = '') =>
  `<path class="way${later}" d="${d}" marker-end="url(#head)"/>`
const attack = (d: string) =>
  `<path class="attack" d="${d}" marker-end="url(#bad-head)"/>`
const escapeXml = (text: string) =>
  text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`)

const pictures: Record<string, Picture> = {
  guard: {
    told: {
      en: 'Two ways of a request. With the six lines the body is read first, then the “if” looks at the token, then the tool runs, and the ledger says by: nobody. Attack 1 goes through the “if” while the variable is unset, attack 2 goes around it as /MCP, and attack 3 is read before it. At step 1 the guard is first: authentication, who is calling, else 401. Then the body is read, and the tool runs; the ledger says by: shared. Authorization, may this caller do it, else 403, comes at step 3, between the body and the tool.',
      ja: 'リクエストの2つの通り道。6行のガードでは、先にボディが読まれ、次にifがトークンを調べ、ツールが動き、台帳にはby: nobodyと残る。攻撃1は変数が未設定のときにifを通り抜け、攻撃2は/MCPと書いてifを避け、攻撃3はifより前に読まれる。ステップ1ではガードが先頭にある。認証、つまり呼び出し元が誰かを確かめ、わからなければ401を返す。そのあとでボディを読み、ツールを動かし、台帳にはby: sharedと残る。認可、つまりその操作を許すかどうかの判断は、ステップ3でボディとツールの間に加わり、許さなければ403を返す。',
    },
    draw: (say) => `
      ${textAt(24, 36, say({ en: 'Your six lines', ja: 'よくある6行のガード' }), { kind: 'title' })}
      ${boxAt(0, 96, [say({ en: 'body is read', ja: 'ボディを読む' }), '`express.json()`'])}
      ${boxAt(1, 96, [say({ en: 'right token?', ja: 'トークンは合う？' }), '`if (…)`'], 'guard')}
      ${boxAt(3, 96, [say({ en: 'tool', ja: 'ツール' }), '`issue_refund`'])}
      ${boxAt(4, 96, [say({ en: 'ledger', ja: '台帳' }), '`by: nobody`'])}
      ${way('M14 124H52')}
      ${way('M190 124H210')}
      ${way('M664 124H684')}
      ${attack('M348 124H526')}
      ${textAt(358, 117, say({ en: '1 variable unset', ja: '1 変数が未設定' }), { kind: 'bad' })}
      ${attack('M196 96C206 62 240 62 280 62H540C570 62 590 70 594 94')}
      ${textAt(300, 54, say({ en: '2 the path written as /MCP', ja: '2 パスを/MCPと書く' }), { kind: 'bad' })}
      ${attack('M122 152V180')}
      ${textAt(24, 196, say({ en: '3 read before anyone asks', ja: '3 確かめる前に読まれる' }), { kind: 'bad' })}
      ${way('M280 152V178')}
      ${textAt(290, 174, '`401`')}
      ${textAt(24, 246, say({ en: 'Step 1, and what step 3 adds', ja: 'ステップ1と、ステップ3で加わるもの' }), { kind: 'title' })}
      ${boxAt(0, 290, [say({ en: 'authentication', ja: '認証' }), say({ en: 'who is calling?', ja: '誰が呼んでいるか' })], 'guard')}
      ${boxAt(1, 290, [say({ en: 'body is read', ja: 'ボディを読む' }), '`readMessage`'])}
      ${boxAt(2, 290, [say({ en: 'authorization', ja: '認可' }), say({ en: 'may it do this?', ja: '何をしてよいか' })], 'box later')}
      ${boxAt(3, 290, [say({ en: 'tool', ja: 'ツール' }), '`issue_refund`'])}
      ${boxAt(4, 290, [say({ en: 'ledger', ja: '台帳' }), '`by: shared`'])}
      ${way('M14 318H52')}
      ${way('M190 318H210')}
      ${way('M348 318H368')}
      ${way('M506 318H526')}
      ${way('M664 318H684')}
      ${way('M122 346V372')}
      ${textAt(122, 390, say({ en: '401, for attacks 1 to 3', ja: '401（攻撃1〜3もここまで）' }), { anchor: 'middle' })}
      ${way('M438 346V372', ' later')}
      ${textAt(438, 390, say({ en: '403, from step 3 on', ja: '403（ステップ3から）' }), { anchor: 'middle' })}`,
  },
}
