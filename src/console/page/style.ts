/** The style sheet: system fonts, no external resource. Colours carry nothing that words do not say as well. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#dfe4ea;--ground:#f5f7f9;--card:#fff;--accent:#0b5cad;
--good:#17693a;--good-bg:#e3f3e9;--warn:#8a5300;--warn-bg:#fdf0d8;--bad:#a3201d;--bad-bg:#fbe4e2;--mute:#55606e;--mute-bg:#e9edf1}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--line:#2d3641;--ground:#12171d;--card:#1a2129;--accent:#7db7f2;
--good:#8fdcae;--good-bg:#153323;--warn:#f2c57c;--warn-bg:#3a2b10;--bad:#f5a8a3;--bad-bg:#431c1a;--mute:#aab4c0;--mute-bg:#28313b}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
.sample{background:#f6c744;color:#2b2000;padding:.5rem 1rem;text-align:center}
main{max-width:1120px;margin:0 auto;padding:1.25rem 1rem 3rem}
header{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline;justify-content:space-between;margin-bottom:1.25rem}
h1{font-size:1.35rem;margin:0}
h2{font-size:1rem;margin:0 0 .6rem}
a{color:var(--accent)}
.soft{color:var(--soft);font-size:.875rem}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.1rem;margin-bottom:1rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:.75rem;margin-bottom:1rem}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem}
.tile b{display:block;font-size:1.7rem;line-height:1.2;font-weight:650;margin:.15rem 0}
.late,.late b{color:var(--soft)}
.tile.late{background:var(--mute-bg)}
.tile.late .pill{background:var(--card)}
.two{display:grid;grid-template-columns:minmax(0,1.4fr) minmax(0,1fr);gap:1rem;align-items:start}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse}
.wide{min-width:720px}
th{font-weight:500;color:var(--soft);font-size:.8125rem;text-align:left;border-bottom:1px solid var(--line);padding:.25rem .6rem .35rem 0;white-space:nowrap}
td{padding:.45rem .6rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
td:last-child,th:last-child{padding-right:0}
.n{text-align:right;white-space:nowrap}
.t{white-space:nowrap}
.pill{display:inline-block;border-radius:.6rem;padding:.05rem .6rem;font-size:.8125rem;font-weight:550}
.good{color:var(--good);background:var(--good-bg)}.warn{color:var(--warn);background:var(--warn-bg)}
.bad{color:var(--bad);background:var(--bad-bg)}.mute{color:var(--mute);background:var(--mute-bg)}
code{font:.8125rem ui-monospace,Menlo,Consolas,monospace}
p{margin:.5rem 0 0}
@media (max-width:800px){.two{grid-template-columns:minmax(0,1fr)}}
@media (max-width:640px){.figures{min-width:0}.figures tr{display:grid;grid-template-columns:1.3fr 1fr 1.3fr 1fr;column-gap:.4rem}
.figures td,.figures th{padding-right:0;border-bottom:0;white-space:normal}.figures tr{border-bottom:1px solid var(--line)}
.figures :is(td,th):first-child{grid-column:1/-1;padding-bottom:0}.figures th.n{grid-column:span 2}}
`
