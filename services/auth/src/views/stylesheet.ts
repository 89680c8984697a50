/** The one stylesheet, inside of every page: a page needs no second request, whatever paths an edge lets through. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --paper: #f5f4f0; --card: #ffffff; --sunken: #f7f6f3; --line: #e2dfd8; --field: #8b8880;
  --ink: #1c1f23; --soft: #5b616b;
  --accent: #1b6259; --accent-strong: #134c45; --on-accent: #ffffff; --ring: #1b6259;
  --warn: #fdf5e3; --warn-line: #ecd9a8; --warn-ink: #6a4b06;
  --bad: #fdf0ee; --bad-line: #eec9c3; --bad-ink: #8f2318;
  --shadow: 0 1px 2px rgb(28 31 35 / 5%), 0 12px 32px -12px rgb(28 31 35 / 14%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #121417; --card: #1a1d21; --sunken: #15181b; --line: #2d3238; --field: #737a84;
    --ink: #e8eaed; --soft: #a3aab4;
    --accent: #69c4b3; --accent-strong: #8ad6c8; --on-accent: #0b211d; --ring: #8ad6c8;
    --warn: #2a2312; --warn-line: #55461e; --warn-ink: #efd593;
    --bad: #2d1a18; --bad-line: #5e312b; --bad-ink: #f4b4ab;
    --shadow: none;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; min-height: 100svh; padding: 1.5rem 1rem 2rem;
  display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 1.25rem;
  background: var(--paper); color: var(--ink);
  font: 400 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif;
  -webkit-font-smoothing: antialiased; overflow-wrap: anywhere;
}
:lang(ko) { word-break: keep-all; line-break: strict; }
:lang(en) body { hyphens: manual; }
.brand { display: flex; align-items: center; gap: .5rem; margin: 0; color: var(--soft); font-size: .875rem; letter-spacing: .005em; }
.brand svg { color: var(--accent); flex: none; }
main {
  width: 100%; max-width: 27.5rem; padding: 2rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--shadow);
}
main.wide { max-width: 36rem; }
h1 { margin: 0; font-size: 1.4375rem; line-height: 1.3; font-weight: 650; letter-spacing: -.012em; text-wrap: balance; }
h2 { margin: 1.5rem 0 .5rem; font-size: .875rem; line-height: 1.4; font-weight: 600; color: var(--soft); }
p { margin: .625rem 0 0; text-wrap: pretty; }
.lead { color: var(--soft); }
.small { font-size: .875rem; color: var(--soft); }
code, .host { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "Segoe UI Mono", Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono", monospace; font-size: .9375em; }
.facts { margin: 1.5rem 0 0; border: 1px solid var(--line); border-radius: 12px; background: var(--sunken); }
.facts > div { padding: .8125rem 1rem; }
.facts > div + div { border-top: 1px solid var(--line); }
.facts + p { margin-top: 1.25rem; }
dt { font-size: .8125rem; line-height: 1.4; color: var(--soft); }
dd { margin: .125rem 0 0; }
dd.name { font-weight: 600; font-size: 1.0625rem; line-height: 1.4; }
dd .badge { display: inline-block; margin-inline-start: .375rem; padding: .0625rem .5rem; border: 1px solid var(--warn-line); border-radius: 99px;
  background: var(--warn); color: var(--warn-ink); font-size: .75rem; line-height: 1.5; font-weight: 500; vertical-align: .125em; white-space: nowrap; }
dd .host { font-size: .875rem; }
dd.target .host { font-size: .9375rem; font-weight: 600; }
dd.note { font-size: .8125rem; line-height: 1.5; color: var(--soft); }
.scopes { margin: 0; padding: 0; list-style: none; }
.scopes li { position: relative; padding-inline-start: 1.75rem; }
.scopes li + li { margin-top: .375rem; }
.scopes li::before { content: ""; position: absolute; inset-inline-start: .375rem; top: .4375rem; width: .375rem; height: .6875rem;
  border: solid var(--accent); border-width: 0 2px 2px 0; transform: rotate(42deg); }
.scopes li.choice { padding: 0; }
.scopes li.choice::before { content: none; }
input[type="checkbox"] { flex: none; width: 1.125rem; height: 1.125rem; margin: .25rem 0 0; accent-color: var(--accent); }
.badge.new { display: inline-block; padding: .0625rem .5rem; border: 1px solid var(--accent); border-radius: 99px; color: var(--accent); font-size: .75rem; line-height: 1.5; font-weight: 500; white-space: nowrap; }
.choice label { display: flex; gap: .625rem; align-items: flex-start; margin: 0; font-weight: 400; font-size: 1rem; cursor: pointer; }
p.choice { margin: 1.5rem 0 0; }
p.choice + .actions { margin-top: .75rem; }
section { margin-top: 2.25rem; padding-top: .25rem; border-top: 1px solid var(--line); }
.who { font-weight: 600; color: var(--ink); }
.cards { margin: 1rem 0 0; padding: 0; list-style: none; }
.cards li { padding: 1rem; border: 1px solid var(--line); border-radius: 12px; background: var(--sunken); }
.cards li + li { margin-top: .75rem; }
.card-name { margin: 0; font-weight: 600; }
.badge.warn { display: inline-block; padding: .0625rem .5rem; border: 1px solid var(--warn-line); border-radius: 99px; background: var(--warn); color: var(--warn-ink); font-size: .75rem; line-height: 1.5; font-weight: 500; white-space: nowrap; }
.details { margin: .5rem 0 .75rem; font-size: .9375rem; }
.details > div { display: grid; grid-template-columns: minmax(5.5rem, 30%) 1fr; gap: .75rem; padding: .125rem 0; }
.details dd { margin: 0; }
.small-button { min-height: 2.75rem; width: 100%; }
.log { margin: 1rem 0 0; padding: 0; list-style: none; font-size: .9375rem; }
.log li { padding: .5rem 0; border-top: 1px solid var(--line); }
.log li:first-child { border-top: 0; }
.log time { display: block; font-size: .8125rem; color: var(--soft); }
.notice { margin: 1.25rem 0 0; padding: .8125rem 1rem; border: 1px solid var(--warn-line); border-radius: 12px; background: var(--warn); color: var(--warn-ink); font-size: .9375rem; line-height: 1.5; }
.notice strong { display: block; font-weight: 600; }
.notice.bad { border-color: var(--bad-line); background: var(--bad); color: var(--bad-ink); }
form { margin: 0; }
.field { margin-top: 1.25rem; }
label { display: block; margin-bottom: .375rem; font-size: .9375rem; font-weight: 600; }
input[type="password"] { display: block; width: 100%; min-height: 3rem; padding: .625rem .875rem; border: 1px solid var(--field); border-radius: 10px; background: var(--card); color: inherit; font: inherit; }
input[aria-invalid="true"] { border-color: var(--bad-ink); }
.providers { display: grid; gap: .75rem; margin-top: 1.75rem; }
.or { display: flex; align-items: center; gap: .75rem; margin: 1.5rem 0 0; color: var(--soft); font-size: .875rem; }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .75rem; }
.cards .notice { margin: .75rem 0 0; }
.actions { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; margin-top: 1.75rem; }
.actions.single { grid-template-columns: 1fr; }
.actions.second { margin-top: .75rem; }
.button { display: flex; align-items: center; justify-content: center; min-height: 3rem; padding: .625rem 1rem; border: 1px solid var(--field); border-radius: 10px;
  background: transparent; color: var(--ink); font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; }
.button:hover { background: var(--sunken); }
.button.primary { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.button.primary:hover { border-color: var(--accent-strong); background: var(--accent-strong); }
:focus { outline: none; }
:focus-visible { outline: 3px solid var(--ring); outline-offset: 2px; }
.reference { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .875rem; color: var(--soft); }
.reference code { color: var(--ink); user-select: all; }
@media (max-width: 30rem) {
  body { justify-content: flex-start; padding: 1.25rem .75rem 1.5rem; gap: 1rem; }
  main { padding: 1.5rem 1.25rem; border-radius: 14px; }
  h1 { font-size: 1.3125rem; }
}
@media (forced-colors: active) {
  .button.primary { border-width: 2px; }
  :focus-visible { outline-color: Highlight; }
}
`;
