// Draws the charts of the console's overview, and updates them while the page is visible. The numbers are part of the page, so an update
// requests the page itself.
import { find } from './dom.js'
import uPlot from './uplot.js'

/** @typedef {{ readonly label: string, readonly colour: string, readonly counts: readonly number[] }} Series */
/** @typedef {{ readonly name: string, readonly series: readonly Series[] }} Chart */
/** @typedef {{ readonly step: number, readonly until: number, readonly charts: readonly Chart[] }} Activity */

const intervalMs = 5000 // at most two steps of the counts
const height = 180 // pixels
const perPoint = 3 // steps: half a minute
const headroom = 1.15 // a peak does not touch the top
const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)').matches
const freshness = find('#freshness', HTMLElement)
/** @type {Map<string, { readonly plot: uPlot, readonly names: string, readonly box: HTMLElement }>} */
const plots = new Map()

/** @param {readonly number[]} numbers */
const sumOf = (numbers) => numbers.reduce((sum, one) => sum + one, 0)

/** Returns the points of a chart: the times, and the numbers of each series.
 * @param {Chart} chart
 * @param {Activity} activity
 * @returns {uPlot.AlignedData}
 */
function pointsOf({ series }, { step, until }) {
  const points = Math.floor((series[0]?.counts.length ?? 360) / perPoint)
  const width = step * perPoint
  const times = Array.from({ length: points }, (_, at) => until - (points - at) * width)
  const thin = (/** @type {readonly number[]} */ counts) =>
    times.map((_, at) => sumOf(counts.slice(at * perPoint, (at + 1) * perPoint)))
  return [times, ...series.map(({ counts }) => thin(counts))]
}

/** Returns the local time of day, such as `07:30`. @param {number} at */
function clockOf(at) {
  const time = new Date(at * 1000)
  return [time.getHours(), time.getMinutes()].map((one) => String(one).padStart(2, '0')).join(':')
}

/** Returns the options of a chart, in the colours of the page. Its legend shows the numbers at the pointer.
 * @param {HTMLElement} box
 * @param {readonly Series[]} series
 * @returns {uPlot.Options}
 */
function optionsOf(box, series) {
  const colours = getComputedStyle(document.documentElement)
  const colour = (/** @type {string} */ name) => colours.getPropertyValue(name).trim()
  const axis = {
    stroke: colour('--soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '12px sans-serif',
  }
  return {
    width: box.clientWidth,
    height,
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_, __, max) => [0, Math.max(max * headroom, 4)] } },
    axes: [
      { ...axis, values: (_, times) => times.map(clockOf) },
      { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 500, 1000, 10_000] },
    ],
    series: [
      {
        label: find('#charts', HTMLElement).dataset.time ?? '',
        value: (_, at) => (at === null ? '' : clockOf(at)),
      },
      ...series.map(({ label, colour: name }) => ({
        label,
        stroke: colour(name),
        width: 2,
        points: { show: false },
        value: (/** @type {unknown} */ _, /** @type {number | null} */ count) =>
          count === null ? '' : String(count),
      })),
    ],
  }
}

/** @param {HTMLElement} box @param {Chart} chart @param {Activity} activity */
function draw(box, chart, activity) {
  const data = pointsOf(chart, activity)
  const names = chart.series.map(({ label }) => label).join('\n')
  const known = plots.get(chart.name)
  if (known?.names === names && known.box === box) return known.plot.setData(data)
  known?.plot.destroy()
  box.hidden = false // a hidden box has no width
  const plot = new uPlot(optionsOf(box, chart.series), data, box)
  plots.set(chart.name, { plot, names, box })
}

function show() {
  /** @type {Activity} */
  const activity = JSON.parse(find('#charts', HTMLElement).dataset.activity ?? '')
  for (const chart of activity.charts) {
    const box = document.querySelector(`[data-chart="${chart.name}"]`)
    if (box instanceof HTMLElement) draw(box, chart, activity)
  }
}

/**
 * Loads the current page. The browser parses the response as a document, since trusted types forbid turning text into HTML.
 * @returns {Promise<Document>}
 */
function load() {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('GET', location.href)
    request.responseType = 'document'
    request.addEventListener('load', () => {
      if (request.status === 200 && request.response) resolve(request.response)
      else reject(new Error('the response is not the console'))
    })
    request.addEventListener('error', () => reject(new Error('the server does not answer')))
    request.send()
  })
}

/** Replaces what has changed. The rest stays, so that focus, selection and the pointer's numbers are kept. */
async function refresh() {
  const next = await load()
  const fresh = find('#charts', HTMLElement, next)
  const tiles = find('#tiles', HTMLElement)
  const nextTiles = find('#tiles', HTMLElement, next)
  if (!tiles.contains(document.activeElement)) tiles.replaceChildren(...nextTiles.childNodes)
  find('#silent', HTMLElement).replaceChildren(...find('#silent', HTMLElement, next).childNodes)
  const charts = find('#charts', HTMLElement)
  charts.dataset.activity = fresh.dataset.activity
  const known = new Map([...charts.children].map((one) => [one.id, one]))
  const figures = [...fresh.children].map((one) => {
    const figure = known.get(one.id)
    const [table, nextTable] = [figure, one].map((of) => of?.querySelector('[role="region"]'))
    if (table && nextTable && table.textContent !== nextTable.textContent)
      table.replaceWith(nextTable)
    return figure ?? one
  })
  if (figures.some((one, at) => charts.children[at] !== one)) charts.replaceChildren(...figures)
  show()
  freshness.textContent = freshness.dataset.updating ?? ''
}

show()
const update = () => {
  if (document.visibilityState === 'visible')
    refresh().catch(() => {
      freshness.textContent = freshness.dataset.failed ?? ''
    })
}
if (!reducedMotion) setInterval(update, intervalMs)
addEventListener('resize', () => {
  for (const { plot, box } of plots.values()) plot.setSize({ width: box.clientWidth, height })
})
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const { plot } of plots.values()) plot.destroy()
  plots.clear()
  show()
})
