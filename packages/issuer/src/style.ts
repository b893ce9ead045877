/** The one stylesheet, served from `/style.css`. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ground: #eef1f4; --ink: #1b2430; --quiet: #51606f;
  --line: #b7c1cb; --accent: #0b57a4; --on-accent: #fff;
  --warn: #7a3b00; --warn-ground: #fff3e0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #1c242d; --ground: #12181f; --ink: #e8edf2; --quiet: #a9b6c2;
    --line: #4a5866; --accent: #8ec3ff; --on-accent: #0d1b2a;
    --warn: #ffd29b; --warn-ground: #3a2a14;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; padding: 1rem; display: flex;
  flex-direction: column; align-items: center; justify-content: center;
  background: var(--ground); color: var(--ink);
  font: 1rem/1.6 system-ui, "Hiragino Sans", "Noto Sans CJK JP", sans-serif;
}
main {
  width: 100%; max-width: 27rem; padding: 1.75rem; background: var(--paper);
  border: 1px solid var(--line); border-radius: .75rem;
  overflow-wrap: anywhere;
}
h1 { margin: 0 0 .5rem; text-wrap: balance; word-break: auto-phrase; font-size: 1.35rem; line-height: 1.35; }
p { margin: .75rem 0; }
ul { margin: .5rem 0; padding-left: 1.25rem; }
li { margin: .35rem 0; }
code { font-size: .85em; color: var(--quiet); }
.refused { color: var(--quiet); }
.id { color: var(--quiet); font-size: .9rem; }
dl { margin: 1rem 0; }
dt:not(:first-child) { margin-top: .5rem; }
dt { color: var(--quiet); font-size: .9rem; }
dd { margin: 0; font-weight: 600; }
.problem {
  padding: .6rem .8rem; border-radius: .4rem; font-size: .95rem;
  color: var(--warn); background: var(--warn-ground);
}
label { display: block; margin-top: 1rem; font-weight: 600; }
input {
  width: 100%; margin-top: .25rem; padding: .6rem .7rem; font: inherit;
  color: inherit; background: transparent; border: 1px solid var(--quiet);
  border-radius: .4rem;
}
.buttons { display: grid; gap: .6rem; margin-top: 1.5rem; }
button {
  min-height: 2.75rem; padding: .5rem 1rem; font: inherit; font-weight: 600;
  color: var(--on-accent); background: var(--accent); cursor: pointer;
  border: 1px solid var(--accent); border-radius: .4rem;
}
button.quiet { color: var(--ink); background: transparent; border-color: var(--quiet); }
button.link {
  color: var(--accent); background: transparent; border-color: transparent;
  font-weight: 400; text-decoration: underline;
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
footer { margin-top: 1rem; }
a { color: var(--accent); }
`
