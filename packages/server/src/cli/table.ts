import { stripVTControlCharacters } from 'node:util'
import { print, printable, tone } from './terminal.ts'

/**
 * Prints rows in columns under their heads, or `none` if there are no rows. At a terminal that is too narrow, cells have several lines; into
 * a pipe, each row is one line.
 */
export async function printTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  none = 'None',
): Promise<void> {
  if (rows.length === 0) return print(tone.quiet(none))
  const cells = [heads.map(tone.quiet), ...rows.map((row) => row.map(printable))]
  const natural = columnWidths(cells)
  const fitting = columnWidths(cells, process.stdout.columns || Infinity) // a terminal of unknown width has 0
  const colWidths = fitting.map((width, at) => (width === natural[at] ? null : width)) // null: cli-table3 measures the column
  const { default: Table } = await import('cli-table3') // loaded only if a table is printed
  const table = new Table({ colWidths, wordWrap: true, chars, style })
  for (const row of cells) table.push(row.map((cell, at) => broken(cell, fitting[at])))
  const lines = table.toString().split('\n')
  lines.forEach((line) => print(line.trimEnd()))
}

const gap = '  '
const minLastWidth = 16 // columns

/**
 * Returns the width of each column so that a row fits into `room` columns; without `room`, the width of its longest cell. If the room is too
 * small, the widest columns shrink first. Words stay whole, because ids are copied; only in the last column they may be broken.
 */
export function columnWidths(
  rows: readonly (readonly string[])[],
  room: number = Infinity,
): readonly number[] {
  const [heads = []] = rows
  const columns = heads.map((_, at) => {
    const cells = rows.map((row) => stripVTControlCharacters(row[at] ?? ''))
    const word = widest(cells.flatMap((cell) => cell.split(' ')))
    const min = at === heads.length - 1 ? Math.min(word, minLastWidth) : word
    return { width: widest(cells), min }
  })
  for (;;) {
    const used = columns.reduce((all, { width }) => all + width + gap.length, -gap.length)
    const shrinkable = columns.filter(({ width, min }) => width > min)
    const [widestOne, next] = shrinkable.toSorted((one, other) => other.width - one.width)
    if (used <= room || !widestOne) return columns.map(({ width }) => width)
    const second = Math.min(next?.width ?? 0, widestOne.width - 1) // from there on both shrink
    widestOne.width = Math.max(widestOne.width - (used - room), second, widestOne.min)
  }
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length))
}

/** Inserts a space wherever a word is longer than a line. */
function broken(cell: string, width: number = Infinity): string {
  const words = stripVTControlCharacters(cell).split(' ')
  if (words.every((word) => word.length <= width)) return cell
  return cell.replaceAll(new RegExp(`\\S{${width}}(?=\\S)`, 'g'), '$& ')
}

const sides = ['top', 'bottom', 'left', 'right', 'mid'] as const
const chars = {
  ...Object.fromEntries(
    sides.flatMap((side) =>
      [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((one) => [one, '']),
    ),
  ),
  'left-mid': '',
  'mid-mid': '',
  'right-mid': '',
  middle: gap,
}
const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 0 }
