import { stripVTControlCharacters } from 'node:util'
import { harmless, print, tone } from './terminal.ts'

/**
 * Prints columns under their heads; where there are no rows, says so. A terminal that is too narrow gets cells of several lines; whoever
 * reads from a pipe gets a row a line.
 */
export async function printTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  none = 'Nothing to show',
): Promise<void> {
  if (rows.length === 0) return print(tone.quiet(none))
  const cells = [heads.map(tone.quiet), ...rows.map((row) => row.map(harmless))]
  const natural = columnWidths(cells)
  const fitting = columnWidths(cells, process.stdout.columns || Infinity) // 0 at a terminal that does not know
  const colWidths = fitting.map((width, at) => (width === natural[at] ? null : width)) // null: it measures by itself
  const { default: Table } = await import('cli-table3') // read where a table is printed
  const table = new Table({ colWidths, wordWrap: true, chars, style })
  for (const row of cells) table.push(row.map((cell, at) => broken(cell, fitting[at])))
  const lines = table.toString().split('\n')
  lines.forEach((line) => print(line.trimEnd()))
}

const gap = '  '
const narrowest = 16 // columns of the last cell

/**
 * How wide each column is, in a room of so many; without one, as wide as its longest cell. Where there is no room for that, the widest
 * give way first. Words stay whole, for they may be ids that somebody copies; only in the last column they are broken.
 */
export function columnWidths(
  rows: readonly (readonly string[])[],
  room: number = Infinity,
): readonly number[] {
  const [heads = []] = rows
  const columns = heads.map((_, at) => {
    const cells = rows.map((row) => stripVTControlCharacters(row[at] ?? ''))
    const word = widest(cells.flatMap((cell) => cell.split(' ')))
    const least = at === heads.length - 1 ? Math.min(word, narrowest) : word
    return { width: widest(cells), least }
  })
  for (;;) {
    const used = columns.reduce((all, { width }) => all + width + gap.length, -gap.length)
    const yielding = columns.filter(({ width, least }) => width > least)
    const [most, next] = yielding.toSorted((one, other) => other.width - one.width)
    if (used <= room || !most) return columns.map(({ width }) => width)
    const second = Math.min(next?.width ?? 0, most.width - 1) // then it is that one's turn
    most.width = Math.max(most.width - (used - room), second, most.least)
  }
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length))
}

/** A cell with a space wherever a word of it fills a line. */
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
