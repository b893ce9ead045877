/** How the HTML report looks; it stands in the page, word for word. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fdfcfa, #16181c);
  --card: light-dark(#ffffff, #1e2126);
  --ink: light-dark(#1f2328, #e6e8eb);
  --soft: light-dark(#5b626b, #a2a9b3);
  --line: light-dark(#e3e0da, #33383f);
  --fails: light-dark(#b3261e, #ff8a80);
  --holds: light-dark(#1a6b3c, #7fd49b);
}
* { box-sizing: border-box }
body {
  margin: 0 auto;
  padding: 2.5rem 1.25rem 4rem;
  max-width: 52rem;
  background: var(--paper);
  color: var(--ink);
  font: 1rem/1.65 system-ui, -apple-system, "Segoe UI", "Hiragino Sans",
    "Noto Sans CJK JP", "Yu Gothic UI", sans-serif;
  overflow-wrap: anywhere;
}
p { margin: 0.35rem 0 }
a { color: inherit }
header { margin-bottom: 2.5rem }
.name { color: var(--soft); font-weight: 600; letter-spacing: 0.04em }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.3 }
h2 {
  margin: 2.5rem 0 0.75rem;
  padding-bottom: 0.3rem;
  border-bottom: 2px solid var(--line);
  font-size: 1.15rem;
}
h3 { margin: 0; font: 600 0.95rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace }
h4 { margin: 0.75rem 0 0.25rem; font-size: 0.8rem; color: var(--soft) }
.count { color: var(--soft); font-weight: 400 }
.open {
  padding: 0.7rem 1rem;
  border-left: 0.3rem solid var(--fails);
  background: var(--card);
  color: var(--fails);
  font-weight: 600;
}
.verdict { font-size: 1.1rem; font-weight: 600 }
.dated, .small, .why { color: var(--soft); font-size: 0.85rem }
.tally { display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1.25rem 0 }
.tally div {
  flex: 1 1 8rem;
  padding: 0.6rem 1rem;
  border: 1px solid var(--line);
  border-radius: 0.5rem;
  background: var(--card);
}
.tally dt { color: var(--soft); font-size: 0.85rem }
.tally dd { margin: 0; font-size: 1.7rem; font-weight: 600; line-height: 1.2 }
.tally .fails dd, .fails .mark { color: var(--fails) }
.tally .holds dd, .holds .mark { color: var(--holds) }
article {
  margin: 0.75rem 0;
  padding: 0.9rem 1.1rem;
  border: 1px solid var(--line);
  border-radius: 0.5rem;
  background: var(--card);
  break-inside: avoid;
}
article.fails { border-left: 0.3rem solid var(--fails) }
.level { color: var(--soft); font-size: 0.75rem; font-weight: 400 }
.advice b { font-weight: 600 }
summary { cursor: pointer; color: var(--soft); font-size: 0.9rem }
code { font: 0.9em ui-monospace, "SF Mono", Menlo, Consolas, monospace }
pre {
  margin: 0;
  padding: 0.75rem;
  border-radius: 0.35rem;
  background: var(--paper);
  border: 1px solid var(--line);
  font: 0.8rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
  white-space: pre-wrap;
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt }
  article, .tally div { border-color: #999 }
}
`
