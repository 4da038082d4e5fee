// Aligned text. On a terminal a table is made to fit: first the least important columns go, then long texts are cut; where that is not enough, each row
// becomes lines of its own.
import { stripVTControlCharacters } from 'node:util';
import { formatCount, printable } from './format.ts';
import { paint, type Style } from './output.ts';

export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** Columns with the highest number go first when there is no room; without one it always stays. */
  readonly dropOrder?: number;
  /** May be cut down to 18 columns. */
  readonly flexible?: boolean;
  readonly style?: (row: Row) => Style | undefined;
}

/** A column of numbers, or of what stands for them. */
export function numbers<Row>(header: string, cell: (row: Row) => string, dropOrder?: number): Column<Row> {
  return dropOrder === undefined ? { header, cell, align: 'right' } : { header, cell, align: 'right', dropOrder };
}

/** A sum of costs that lacks some says of how many; no column where it lacks none. */
export function unpricedColumn<Row>(rows: readonly Row[], countOf: (row: Row) => number): Column<Row>[] {
  if (rows.every((row) => countOf(row) === 0)) return [];
  const style = (row: Row): Style | undefined => (countOf(row) > 0 ? 'yellow' : undefined);
  return [{ ...numbers<Row>('UNPRICED', (row) => formatCount(countOf(row))), style }];
}

const GAP = '  ';
const SHORTEST = 18;

/** @param width columns there are; `undefined` for as many as it takes. */
export function renderTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width?: number): string {
  return createTable(columns, width)(rows);
}

/**
 * A table whose rows come bit by bit: the header with the first, all aligned as well as can be without knowing what follows.
 * @param leastWidths by header: what later rows will probably need.
 */
export function createTable<Row>(
  columns: readonly Column<Row>[],
  width?: number,
  leastWidths: Readonly<Record<string, number>> = {},
): (rows: readonly Row[]) => string {
  const widths = columns.map(({ header }) => Math.max(header.length, leastWidths[header] ?? 0));
  let shown: number[] | undefined;
  let isTooNarrow = false;
  return (rows) => {
    const cells = columns.map((column) => rows.map((row) => printable(column.cell(row))));
    const header = shown === undefined;
    for (const index of columns.keys())
      widths[index] = widthsOf(cells[index] as string[]).reduce(
        (most, one) => Math.max(most, one),
        widths[index] as number,
      );
    const fitting = fit(columns, widths, width, shown);
    if (header) isTooNarrow = !fitting.fits;
    shown = fitting.shown;
    if (isTooNarrow) {
      return rows
        .map((row, number) => rowInLines(row, columns, (index) => cells[index]?.[number] as string, width))
        .join('\n');
    }
    const line = (textOf: (index: number) => string, styleOf: (index: number) => Style | undefined): string =>
      fitting.shown
        .map((index, position) => {
          const last = position === fitting.shown.length - 1;
          const text = align(textOf(index), fitting.widths[index] as number, columns[index]?.align, last);
          const style = styleOf(index);
          return style === undefined ? text : paint(style, text);
        })
        .join(GAP)
        .trimEnd();
    const lines = rows.map((row, number) =>
      line(
        (index) => cells[index]?.[number] as string,
        (index) => columns[index]?.style?.(row),
      ),
    );
    if (header)
      lines.unshift(
        line(
          (index) => (columns[index] as Column<Row>).header,
          () => 'dim',
        ),
      );
    return lines.join('\n');
  };
}

/** The first cell, and below it all others with their headers, as many in a line as there is room for. */
function rowInLines<Row>(
  row: Row,
  columns: readonly Column<Row>[],
  textOf: (index: number) => string,
  width = Infinity,
): string {
  const [title = '', ...others] = columns.flatMap(({ header, style }, index) => {
    const isTitle = index === 0;
    const text = cut(textOf(index), width - (isTitle ? 0 : GAP.length + header.length + 1));
    const of = style?.(row);
    const painted = of === undefined ? text : paint(of, text);
    if (isTitle) return [painted];
    return text === '' ? [] : [`${paint('dim', header)} ${painted}`];
  });
  return [title, ...fold(others, width - GAP.length).map((line) => GAP + line)].join('\n');
}

/** Which columns to show, by index, and how wide each is then. @param chosen those shown already: none of them goes any more. */
function fit<Row>(
  columns: readonly Column<Row>[],
  wanted: readonly number[],
  width = Infinity,
  chosen?: readonly number[],
): { shown: number[]; widths: number[]; fits: boolean } {
  const widths = [...wanted];
  const isFlexible = (index: number): boolean =>
    columns[index]?.flexible === true && (widths[index] as number) > SHORTEST;
  let shown = [...(chosen ?? columns.keys())];
  const excess = (least: boolean): number =>
    shown.reduce(
      (sum, index) => sum + GAP.length + (least && isFlexible(index) ? SHORTEST : (widths[index] as number)),
      -GAP.length - width,
    );
  for (let droppable = chosen === undefined; droppable && excess(true) > 0; ) {
    const orders = shown.map((index) => columns[index]?.dropOrder ?? 0);
    const highest = Math.max(...orders);
    droppable = highest > 0;
    if (droppable) shown = shown.filter((_, position) => position !== orders.indexOf(highest));
  }
  while (excess(false) > 0) {
    const widest = shown.filter(isFlexible).sort((a, b) => (widths[b] as number) - (widths[a] as number))[0];
    if (widest === undefined) break;
    widths[widest] = Math.max(SHORTEST, (widths[widest] as number) - excess(false));
  }
  return { shown, widths, fits: excess(false) <= 0 };
}

function align(text: string, width: number, side: 'left' | 'right' = 'left', last = false): string {
  const fitting = cut(text, width);
  const space = ' '.repeat(Math.max(0, width - textWidth(fitting)));
  if (side === 'right') return space + fitting;
  return last ? fitting : fitting + space;
}

/** The start of `text`, with an ellipsis, where it is wider than `width`. */
function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The end of `text`, after an ellipsis, where it is wider than `width`: of a path it is what tells it from others. */
export function cutStart(text: string, width = Infinity): string {
  const characters = Array.from(text);
  let used = textWidth(text);
  if (used <= width) return text;
  while (used > width - 1 && characters.length > 0) used -= characterWidth(characters.shift() as string);
  return `…${characters.join('')}`;
}

function widthsOf(texts: readonly string[]): number[] {
  return texts.map(textWidth);
}

function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** Columns of a character on a terminal: Han, kana, Hangul and emoji take two, marks none. */
function characterWidth(character: string): number {
  if (character < '\u0300') return 1;
  if (/^[\p{Mn}\p{Me}\p{Cf}]/u.test(character)) return 0;
  return /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uFF01-\uFF60\u3000-\u303E]/u.test(
    character,
  )
    ? 2
    : 1;
}

/** A sentence in lines of at most `width` columns, broken between words; in one line without a width. */
export function wrap(text: string, width = Infinity): string {
  const lines: string[] = [];
  for (const word of printable(text).split(' ')) {
    const joined = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines.join('\n');
}

/** One line of facts: a name, its main value, and details that are folded under themselves. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly details?: readonly string[];
  readonly style?: Style | undefined;
}

/** Columns that details need beside their fact: where there are fewer they stand below it. */
const LEAST_DETAILS = 30;

export function renderFacts(facts: readonly Fact[], width = Infinity): string {
  const names = Math.max(...widthsOf(facts.map((fact) => fact.name)));
  const values = Math.max(...widthsOf(facts.map((fact) => fact.value)));
  const beside = names + values + 2 * GAP.length;
  const isBeside = width - beside >= LEAST_DETAILS;
  const indent = isBeside ? beside : GAP.length;
  return facts
    .flatMap(({ name, value, details = [], style }) => {
      const shown = align(value, values, 'right');
      const head = `${align(name, names)}${GAP}${style === undefined ? shown : paint(style, shown)}`;
      const lines = fold(details.map(printable), width - indent);
      const first = isBeside ? (lines.shift() ?? '') : '';
      return [`${head}${GAP}${first}`.trimEnd(), ...lines.map((line) => ' '.repeat(indent) + line)];
    })
    .join('\n');
}

/** Puts as many details into a line as there is room for; one that is longer than a line is broken between words. */
function fold(details: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const detail of details) {
    const last = lines.at(-1);
    const joined = `${last} · ${detail}`;
    if (last !== undefined && shownWidth(joined) <= width) lines[lines.length - 1] = joined;
    else if (shownWidth(detail) <= width) lines.push(detail);
    else
      lines.push(
        ...wrap(detail, width)
          .split('\n')
          .map((line) => cut(line, width)),
      );
  }
  return lines;
}

/** Without what gives it colour. */
function shownWidth(text: string): number {
  return textWidth(stripVTControlCharacters(text));
}
