/**
 * Draws docs/images/finding.svg from what the command really prints: `npm run docs:picture`. Colours of the terminal become classes;
 * lines are cut at the width of the picture.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const COMMAND = ['run', '--fault', 'hash-in-arrival-order', '--seed', '1', '--out', 'reports/out'];
const COLUMNS = 118;
const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 7.83;
const PADDING = 18;
const CLASSES = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow' };
/** Codes that end a colour or an intensity. */
const ENDS = { 22: ['bold', 'dim'], 39: ['red', 'green', 'yellow'] };

const { stdout, stderr } = spawnSync(process.execPath, ['bin/upload-stress.js', ...COMMAND], {
  encoding: 'utf8',
  env: { ...process.env, FORCE_COLOR: '1' },
});
if (stdout === '') throw new Error(stderr);

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
// Durations differ from machine to machine and say nothing here.
const plain = stdout.replace(/ in [\d.]+ s \([\d.]+\/s\)/, '');
const lines = [`$ npx upload-stress ${COMMAND.slice(0, 3).join(' ')}`, ...plain.trimEnd().split('\n')];

function draw(line, row) {
  const active = new Set();
  const spans = [];
  let column = 0;
  for (const part of line.split(/(\x1b\[\d+m)/)) {
    const code = /^\x1b\[(\d+)m$/.exec(part)?.[1];
    if (code !== undefined) {
      if (CLASSES[code] !== undefined) active.add(CLASSES[code]);
      for (const name of ENDS[code] ?? []) active.delete(name);
      continue;
    }
    const room = COLUMNS - column;
    const shown = part.length > room ? `${part.slice(0, Math.max(0, room - 1))}…` : part;
    if (room > 0 && shown !== '')
      spans.push(`<tspan class="${[...active].join(' ')}">${escape(shown)}</tspan>`);
    column += part.length;
  }
  return `<text x="${PADDING}" y="${PADDING + (row + 1) * LINE_HEIGHT}">${spans.join('')}</text>`;
}

const width = Math.ceil(COLUMNS * CHARACTER_WIDTH + 2 * PADDING);
const height = lines.length * LINE_HEIGHT + 2 * PADDING + 6;
writeFileSync(
  new URL('finding.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escape(lines[0])}</title>
<style>
rect { fill: #16181d }
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #d7dae0; white-space: pre }
.bold { font-weight: bold } .dim { fill: #8b909a } .red { fill: #ff7b72 } .green { fill: #7ee787 } .yellow { fill: #e3b341 }
</style>
<rect width="100%" height="100%" rx="8"/>
${lines.map(draw).join('\n')}
</svg>
`,
);
