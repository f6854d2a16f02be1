// Draws the charts of the console's overview, and updates them while the page is visible. The numbers are part of the page, so an update
// requests the page itself.
import { find } from './dom.js'
import uPlot from './uplot.js'

/** @typedef {{ readonly name: string, readonly counter: string }} Chart */
/** @typedef {{ readonly step: number, readonly until: number, readonly counts: Readonly<Record<string, readonly number[]>> }} Activity */

const intervalMs = 5000 // at most two steps of the counts
const maxLines = 5
const height = 180 // pixels
const lineColors = ['--green-ink', '--blue-ink', '--amber-ink', '--red-ink', '--soft', '--edge']
const perPoint = 3 // steps: half a minute
const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)').matches
const freshness = find('#freshness', HTMLElement)
/** @type {Map<string, { readonly plot: uPlot, readonly names: string, readonly box: HTMLElement }>} */
const plots = new Map()

/** @param {readonly number[]} numbers */
const sumOf = (numbers) => numbers.reduce((sum, one) => sum + one, 0)

/** Returns the lines of one chart: the most frequent series first, the rest as one.
 * @param {Chart} chart
 * @param {Activity} activity
 */
function linesOf({ counter }, { step, until, counts }) {
  const series = Object.entries(counts)
    .filter(([key]) => key.split(' ')[0] === counter)
    .map(([key, numbers]) => ({ label: key.split(' ').slice(1).join(' ') || 'all', numbers }))
    .map((one) => ({ ...one, total: sumOf(one.numbers) }))
    .filter(({ total }) => total > 0)
    .toSorted((a, b) => b.total - a.total)
  const points = Math.floor((series[0]?.numbers.length ?? 360) / perPoint)
  const width = step * perPoint
  const times = Array.from({ length: points }, (_, at) => until - (points - at) * width)
  const thin = (/** @type {readonly number[]} */ numbers) =>
    times.map((_, at) => sumOf(numbers.slice(at * perPoint, (at + 1) * perPoint)))
  const shown = series
    .slice(0, maxLines)
    .map(({ label, numbers }) => ({ label, numbers: thin(numbers) }))
  const rest = series.slice(maxLines).map(({ numbers }) => thin(numbers))
  if (rest.length > 0) {
    const numbers = times.map((_, at) => sumOf(rest.map((one) => one[at] ?? 0)))
    shown.push({ label: 'others', numbers })
  }
  return { times, shown }
}

/** Returns the local time of day, such as `07:30`. @param {number} at */
function clockOf(at) {
  const time = new Date(at * 1000)
  return [time.getHours(), time.getMinutes()].map((one) => String(one).padStart(2, '0')).join(':')
}

/** Returns the options of a chart, in the colours of the page.
 * @param {HTMLElement} box
 * @param {readonly string[]} labels
 * @returns {uPlot.Options}
 */
function optionsOf(box, labels) {
  const colours = getComputedStyle(document.documentElement)
  const colour = (/** @type {string} */ name) => colours.getPropertyValue(name).trim()
  const axis = {
    stroke: colour('--soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '12px sans-serif',
  }
  const line = (/** @type {string} */ label, /** @type {number} */ at) => ({
    label,
    stroke: colour(lineColors[at] ?? '--ink'),
    width: 2,
    points: { show: false },
  })
  return {
    width: box.clientWidth,
    height,
    cursor: { drag: { x: false, y: false } },
    legend: { live: false },
    scales: { y: { range: (_, __, max) => [0, Math.max(max, 4)] } },
    axes: [
      { ...axis, values: (_, times) => times.map(clockOf) },
      { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 500, 1000, 10_000] },
    ],
    series: [{}, ...labels.map(line)],
  }
}

/** @param {HTMLElement} box @param {Chart} chart @param {Activity} activity */
function draw(box, chart, activity) {
  const { times, shown } = linesOf(chart, activity)
  const labels = shown.map(({ label }) => label)
  /** @type {uPlot.AlignedData} */
  const data = [times, ...shown.map(({ numbers }) => numbers)]
  const known = plots.get(chart.name)
  if (known?.names === labels.join(' ')) return known.plot.setData(data)
  known?.plot.destroy()
  plots.delete(chart.name)
  if (labels.length === 0) return
  box.hidden = false // a hidden box has no width
  const plot = new uPlot(optionsOf(box, labels), data, box)
  plots.set(chart.name, { plot, names: labels.join(' '), box })
}

function show() {
  const { charts, ...activity } = JSON.parse(find('#charts', HTMLElement).dataset.activity ?? '')
  for (const chart of charts) {
    const box = document.querySelector(`[data-chart="${chart.name}"]`)
    if (box instanceof HTMLElement) draw(box, chart, activity) // a newer server may have a chart that this page lacks
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

/** Replaces the numbers that have changed. The rest stays, so that focus and selection are kept. */
async function refresh() {
  const next = await load()
  const fresh = next.getElementById('charts')
  if (!fresh) throw new Error('the response is not the console')
  const tiles = find('#tiles', HTMLElement)
  const nextTiles = find('#tiles', HTMLElement, next)
  if (!tiles.contains(document.activeElement)) tiles.replaceChildren(...nextTiles.childNodes)
  const charts = find('#charts', HTMLElement)
  charts.dataset.activity = fresh.dataset.activity
  for (const box of charts.querySelectorAll('[data-chart]')) {
    const name = box.getAttribute('data-chart')
    const numbers = box.nextElementSibling
    const other = fresh.querySelector(`[data-chart="${name}"]`)?.nextElementSibling
    if (other && numbers && other.textContent !== numbers.textContent) numbers.replaceWith(other)
  }
  show()
  freshness.textContent = 'This process only. Updated every five seconds.'
}

show()
const update = () => {
  if (document.visibilityState === 'visible')
    refresh().catch(() => {
      freshness.textContent = 'Update failed. Reload the page.'
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
