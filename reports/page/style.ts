/** The style sheet of the page. Text has a contrast of at least 4.5:1 in both colour schemes. No information is conveyed by colour alone. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --panel: #ffffff; --ink: #16191d; --muted: #565f6b; --line: #dfe3e8; --soft: #eef1f4;
  --bad: #b3261e; --bad-soft: #fdeceb; --good: #146c43; --good-soft: #e6f4ec; --warn: #8a5300; --warn-soft: #fdf3e1;
  --link: #0b57b7; --focus: #0b57b7;
  --c1: #0b6bcb; --c2: #11806a; --c3: #a8480f; --c4: #7a3ea8;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1116; --panel: #161b22; --ink: #e8ebef; --muted: #a3adb9; --line: #2c343e; --soft: #1f262f;
    --bad: #ff8f86; --bad-soft: #3a1a1a; --good: #62cf97; --good-soft: #12301f; --warn: #f0b866; --warn-soft: #35270f;
    --link: #7db7ff; --focus: #7db7ff;
    --c1: #62aefc; --c2: #3fc7ab; --c3: #f59f6b; --c4: #c89bf0;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif;
  overflow-wrap: anywhere;
}
.hero, nav, main, footer { max-width: 74rem; margin-inline: auto; padding-inline: clamp(1rem, 3vw, 2rem); }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 > span:last-child::first-letter, .finding h2::first-letter, .what::first-letter { text-transform: uppercase; }
h2 { font-size: 1.3rem; letter-spacing: -.01em; margin: 0 0 .4rem; }
h3 { font-size: .95rem; margin: 1.4rem 0 .5rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
.vh { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; background: var(--panel); padding: .5rem 1rem; z-index: 9; border-radius: 0 0 6px 6px; }
.skip:focus { top: 0; }
.meta { color: var(--muted); font-size: .875rem; margin: .25rem 0 .75rem; }
.note { background: var(--warn-soft); color: var(--ink); border-left: 4px solid var(--warn); padding: .5rem .75rem; border-radius: 4px; font-size: .9rem; }
code, pre, .hash { font-family: var(--mono); font-size: .85em; }

.hero { padding-top: 1.25rem; padding-bottom: .35rem; }
.brand { margin: 0; color: var(--muted); font: 600 .85rem var(--mono); }
.hero h1 { display: flex; gap: .7rem; align-items: center; font-size: clamp(1.4rem, 4.2vw, 2rem); letter-spacing: -.015em; margin: .35rem 0 .6rem; }
.icon { flex: none; display: grid; place-items: center; width: 1.35em; height: 1.35em; border-radius: 50%; color: var(--panel); font-size: .8em; font-weight: 700; }
.measured .icon { background: var(--c1); } .valid .icon { background: var(--good); } .invalid .icon { background: var(--bad); } .unknown .icon { background: var(--warn); }
.tried { margin: 0; font-size: 1.05rem; font-weight: 550; font-variant-numeric: tabular-nums; }
.subject { margin: .1rem 0 0; max-width: 60rem; color: var(--muted); font-size: .9rem; }

.verdicts { list-style: none; margin: 1rem 0 .25rem; padding: 0; display: grid; gap: .5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); }
.verdicts a { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 .7rem; align-items: center; height: 100%; padding: .55rem .8rem; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; text-decoration: none; color: var(--ink); }
.verdicts a:hover { border-color: var(--link); }
.verdicts .icon { grid-row: span 2; font-size: 1rem; }
.verdicts .valid .icon { background: var(--good); } .verdicts .invalid .icon { background: var(--bad); } .verdicts .unknown .icon { background: var(--warn); } .verdicts .measured .icon { background: var(--c1); }
.verdicts .what { font-weight: 600; font-size: .925rem; line-height: 1.3; } .verdicts .invalid .what { color: var(--bad); } .verdicts .unknown .what { color: var(--warn); }
.verdicts .when { color: var(--muted); font-size: .78rem; }

nav ul { display: flex; flex-wrap: wrap; gap: 0 1.1rem; margin: 0 0 .9rem; padding: .3rem 0; list-style: none; border-bottom: 1px solid var(--line); }
nav a { display: inline-block; padding: .3rem 0; text-decoration: none; font-size: .875rem; }
nav a:hover { text-decoration: underline; text-underline-offset: .25em; }
main > section { background: var(--panel); border: 1px solid var(--line); border-radius: 12px; padding: clamp(1rem, 2.5vw, 1.6rem); margin-bottom: 1.25rem; }
main > section:target { border-color: var(--focus); }
main > .finding { border-top: 4px solid var(--bad); }
.kicker { margin: 0 0 .1rem; color: var(--bad); font-size: .8rem; font-weight: 650; }
footer p { color: var(--muted); font-size: .8rem; padding-bottom: 2rem; }

.beside { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); gap: 0 2rem; }
.beside.crowded { grid-template-columns: minmax(0, 1fr); }
.beside.crowded .happened { margin-top: 1.4rem; }
.beside h3:first-child { margin-top: 0; }
.branches { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
.branch { border-left: 4px solid; border-radius: 6px; padding: .55rem .8rem .65rem; } .branch .kicker { color: inherit; }
.pair { margin: 0; display: grid; gap: .6rem; }
.pair > div { border-left: 4px solid; border-radius: 6px; padding: .55rem .8rem .65rem; }
.pair dt { font-weight: 650; font-size: .8rem; }
.pair dd { margin: .1rem 0 0; white-space: pre-wrap; font-size: .925rem; }
.expected { border-color: var(--good) !important; background: var(--good-soft); } .expected dt { color: var(--good); }
.seen { border-color: var(--bad) !important; background: var(--bad-soft); } .seen dt { color: var(--bad); }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); padding: .7rem .85rem; border-radius: 6px; }
pre + pre { margin-top: .5rem; }
.command { border: 1px solid var(--line); user-select: all; -webkit-user-select: all; }
.log { max-height: 15rem; overflow: auto; background: var(--soft); border-radius: 6px; padding: .5rem .6rem; }
.log ol { margin: 0; padding: 0; list-style: none; font: .8rem/1.5 var(--mono); }
.log li { display: grid; grid-template-columns: 2rem minmax(0, 1fr); }
.log-text { white-space: pre-wrap; }
.log-step { color: var(--muted); user-select: none; }
.log li.after { color: var(--muted); }

table { border-collapse: collapse; font-size: .875rem; width: 100%; }
caption { text-align: left; color: var(--muted); font-size: .85rem; padding-bottom: .4rem; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-weight: 400; }
thead th { color: var(--muted); font-size: .8rem; }
tbody th { font-weight: 550; }
thead th { overflow-wrap: normal; }
.n { font-variant-numeric: tabular-nums; white-space: nowrap; } .figure { text-align: right; padding-left: .9rem; }
.scroll { overflow-x: auto; margin-top: 1rem; container-type: inline-size; }
.scroll caption:not(.vh) { max-width: 100cqw; position: sticky; left: 0; } /* as wide as what is seen of its table */
.scroll table { overflow-wrap: normal; width: auto; min-width: min(100%, 34rem); }
.scroll tbody th { min-width: 8rem; }
tr.wrong { background: var(--bad-soft); }
details { margin-top: .9rem; }
summary { cursor: pointer; color: var(--link); font-size: .9rem; padding: .2rem 0; width: fit-content; }
details[open] > summary { margin-bottom: .4rem; }
ol.steps { font: .8rem/1.6 var(--mono); padding-left: 3rem; margin: 0; columns: 24rem; }
pre.steps { max-height: 24rem; overflow: auto; }

.lanes, .scroll, .log { position: relative; } /* what is hidden in them is cut off with them */
.lanes { overflow-x: auto; padding: .2rem .2rem .5rem; container-type: inline-size; }
.timeline {
  list-style: none; margin: 0; padding: 0; display: grid; column-gap: .4rem; font-size: .8rem; line-height: 1.3;
  grid-template-columns: 1.8rem repeat(var(--tracks), minmax(5.4rem, 20rem));
}
.timeline > li { min-width: 0; }
.lane-name { font-weight: 650; text-align: center; padding: .3rem 0; color: var(--muted); position: relative; }
.lane-background { background: var(--soft); border-radius: 8px; }
.step { color: var(--muted); font: .75rem/1 var(--mono); text-align: right; padding: .65rem .25rem 0 0; min-height: 2rem; }
.card {
  position: relative; margin: .14rem .25rem; padding: .4rem .5rem; border-radius: 6px; background: var(--panel); border: 1px solid var(--line);
  border-left: 4px solid var(--kind); display: flex; flex-direction: column; gap: .1rem; min-height: 2.9rem;
}
.card.ok, .foot.ok { --kind: var(--good); } .card.fail, .foot.fail { --kind: var(--warn); } .card.reject, .foot.reject { --kind: var(--bad); }
.timeline .unknown, .timeline .open, .timeline .skipped { --kind: var(--muted); }
.card.unknown, .card.open { border-style: dashed; } .card.skipped { border-style: dotted; }
.operation { font-weight: 600; }
.detail { color: var(--muted); font-size: .72rem; }
.outcome { color: var(--kind); }
.foot { align-self: end; z-index: 1; margin: .2rem .25rem .45rem; padding: 0 .5rem 0 .75rem; display: flex; flex-direction: column; gap: .1rem; }
.timeline .wrong { --kind: var(--bad); }
.wrong.card { border-color: var(--bad); background: var(--bad-soft); box-shadow: 0 0 0 2px var(--bad); }
.flag { display: inline-block; width: fit-content; background: var(--bad); color: var(--panel); border-radius: 4px; padding: .05rem .4rem; font-size: .72rem; font-weight: 650; overflow-wrap: normal; }
.mark { align-self: center; z-index: 2; margin: .2rem .25rem; padding: .1rem .4rem; text-align: center; color: var(--muted); font-size: .72rem; background: var(--soft); border: 1px solid var(--line); border-radius: 999px; justify-self: center; }
.mark.wrong { color: var(--bad); border-color: var(--bad); }
.band { z-index: 3; margin: .25rem 0; padding: .3rem .6rem; text-align: center; border: 1px dashed var(--c4); color: var(--c4); border-radius: 6px; background: var(--panel); }
.band.wrong { border-color: var(--bad); color: var(--bad); }
.switch { height: .95rem; position: relative; z-index: 1; margin-inline: calc(50% / var(--span)); }
.switch::before { content: ''; position: absolute; inset: 50% 0 auto; border-top: 1.5px dashed var(--muted); }
.switch::after { content: ''; position: absolute; top: calc(50% - 1px); border: 5px solid transparent; border-top: 7px solid var(--muted); border-bottom: 0; }
.switch.rightwards::after { right: -5px; } .switch.leftwards::after { left: -5px; }
.crowded .detail { display: none; }
.crowded .timeline { grid-template-columns: 1.8rem repeat(var(--tracks), minmax(6.3rem, 1fr)); }
@container (max-width: 30rem) { .detail { display: none; } .timeline { column-gap: .15rem; } .card { margin-inline: .1rem; padding-inline: .35rem; } }

.shrinking { display: grid; grid-template-columns: 12rem minmax(0, 26rem) minmax(0, 26rem); gap: 1rem 2rem; align-items: start; }
.shrinking tbody th { white-space: nowrap; }
.shrinking .legend { grid-column: 2 / -1; margin: 0; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .875rem; font-weight: 600; display: flex; flex-wrap: wrap; gap: 0 .6rem; align-items: baseline; margin-bottom: .2rem; }
.range { color: var(--muted); font-weight: 400; font-size: .8rem; }
.plot { display: block; width: 100%; height: auto; font-family: inherit; }
.plot text { font-size: 12px; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15.5rem), 1fr)); gap: 1.5rem; }
.plots figcaption { flex-direction: column; }
.plots figure { max-width: 23rem; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: .3rem 0 0; padding: 0; font-size: .8rem; color: var(--muted); }
.legend li { display: flex; align-items: center; gap: .4rem; }
.key { width: .7rem; height: .7rem; background: var(--key); flex: none; }
.key.circle { border-radius: 50%; } .key.diamond { clip-path: polygon(50% 0, 100% 50%, 50% 100%, 0 50%); } .key.triangle { clip-path: polygon(50% 0, 100% 100%, 0 100%); }
.key.line, .key.dashed { width: 1.4rem; height: 0; background: none; border-top: 2px solid var(--key); } .key.dashed { border-top-style: dashed; }

.key.ring { border-radius: 50%; background: none; border: 2px solid var(--key); }
.plots.large { grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); margin-bottom: 1rem; }
.plots.pairs { grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); margin-bottom: 1rem; }
.plots.small { grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr)); margin-top: 1rem; }
.plots.small figure { max-width: 17rem; }
.alone { max-width: 23rem; margin-top: 1.2rem; }
.conclusions { margin: .5rem 0 1.2rem; display: grid; gap: .4rem; }
.conclusions div { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: 0 1rem; }
.conclusions dt { font-weight: 650; font-size: .875rem; }
.conclusions dd { margin: 0; font-size: .925rem; max-width: 56rem; } .conclusions p { margin: 0; }
.list { margin: .3rem 0; padding-left: 1.2rem; font-size: .925rem; }
.matrix th[scope=row] { min-width: 11rem; }
.matrix .about { display: block; color: var(--muted); font-weight: 400; font-size: .78rem; line-height: 1.35; max-width: 26rem; }
.matrix .checker { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; padding: .3rem 0; vertical-align: bottom; text-align: left; }
.matrix thead th { vertical-align: bottom; }
.matrix .cell + .n { padding-left: .7rem; border-left: 1px solid var(--line); } .matrix .checker + th:not(.checker) { padding-left: .7rem; }
.matrix td.cell { text-align: center; padding: .3rem; border-left: 1px solid var(--line); min-width: 2rem; font-variant-numeric: tabular-nums; }
.matrix td.kills { background: color-mix(in srgb, var(--c1) calc(var(--share) * .35 + 8%), transparent); font-weight: 600; }

.sortable fieldset { display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: .6rem 0; padding: 0; border: 0; font-size: .875rem; }
.sortable legend { float: left; padding: 0; color: var(--muted); }
.functions { display: grid; grid-template-columns: minmax(12rem, 3fr) repeat(3, max-content) minmax(10rem, 2fr); }
.functions thead, .functions tbody, .functions tr { display: grid; grid-template-columns: subgrid; grid-column: 1 / -1; }
.functions td:last-child, .functions th:last-child { padding-left: .8rem; }
.functions th[scope=row] { overflow-wrap: anywhere; font-weight: 500; }
.sortable:has(.order-1:checked) tbody tr { order: var(--o1); }
.sortable:has(.order-2:checked) tbody tr { order: var(--o2); }
.sortable:has(.order-3:checked) tbody tr { order: var(--o3); }

.bars { max-width: 44rem; }
.bars td.bar { width: 60%; vertical-align: middle; padding-right: 0; }
.bars .bar span { display: block; height: .7rem; min-width: 1px; background: var(--c1); border-radius: 3px; }
.never { color: var(--warn); font-weight: 600; }
.properties th { width: 14rem; color: var(--muted); font-weight: 400; }
.good { color: var(--good); } .bad { color: var(--bad); }

@media (max-width: 56rem) {
  .beside, .shrinking { grid-template-columns: minmax(0, 1fr); }
  .shrinking .legend { grid-column: auto; }
  .shrinking figure { max-width: 28rem; }
  .beside .happened { margin-top: 1.4rem; }
}
@media (max-width: 34rem) {
  th, td { padding-right: .4rem; }
  .foot { margin-inline: .1rem; padding-inline: .55rem .35rem; }
  .properties, .properties tbody, .properties tr, .properties th, .properties td { display: block; width: auto; }
  .properties th { border: 0; padding-bottom: 0; font-size: .8rem; }
  .properties td { padding-top: 0; }
  .bars td.bar { width: 45%; }
  .conclusions div { grid-template-columns: minmax(0, 1fr); }
  .matrix .about { display: none; } .matrix th[scope=row] { min-width: 8rem; }
}
@media print {
  body { background: none; font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  nav, .skip, details { display: none; } /* what is collapsed on the screen is left out on paper */
  main > section { border-color: var(--line); padding: .6rem 0; border-width: 1px 0 0; border-radius: 0; margin: 0 0 .8rem; }
  .hero, main, footer { padding-inline: 0; }
  .lanes, .scroll, .log { overflow: visible; max-height: none; }
  h2, h3, .kicker { break-after: avoid; } tr, figure, .pair > div, .card { break-inside: avoid; }
}
`;
