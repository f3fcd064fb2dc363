import Elk from 'elkjs/lib/elk.bundled.js'
import { expect, test } from 'vitest'
import { type Laid, type Pane, type ScopeInput, extentOf } from './scope.ts'
import { layOut } from './layout.ts'

const elk = new Elk()
const WIDE: Pane = { width: 1240, height: 560 }
const NARROW: Pane = { width: 380, height: 500 }
const [WIDTH, HEIGHT] = [196, 54]

type Edge = readonly [source: number, target: number]
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at)
const inputOf = (count: number, edges: readonly Edge[]): ScopeInput => ({
  boxes: numbers(count).map((at) => ({ id: `s${at}`, width: WIDTH, height: HEIGHT, inY: 27, outY: 27 })),
  lines: edges.map(([source, target]) => ({ source: `s${source}`, target: `s${target}` })),
  gap: 44,
})

/** Chains side by side: with one lane, a single chain. */
const lanes = (count: number, width: number) =>
  inputOf(
    count,
    numbers(count - width).map((at) => [at, at + width]),
  )
/** A chain in which every second place is several stages wide. */
function fanOuts(count: number, width: number): ScopeInput {
  const edges: Edge[] = []
  for (let from = 0; from + width + 1 < count; from += width + 1)
    for (let at = 1; at <= width; at++) edges.push([from, from + at], [from + at, from + width + 1])
  return inputOf(count - ((count - 1) % (width + 1)), edges)
}
/** A source, a sink, and all others between them. */
const between = (count: number) =>
  inputOf(
    count,
    numbers(count - 2).flatMap((at): Edge[] => [
      [0, at + 1],
      [at + 1, count - 1],
    ]),
  )
/** Layers of ten; each stage depends on one or two of the layer before, every tenth also on an early one. */
function layers(count: number): ScopeInput {
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 1664525 + 1013904223) % 2 ** 32
    return Math.floor((seed / 2 ** 32) * below)
  }
  const edges: Edge[] = []
  for (let at = 10; at < count; at++) {
    const before = (Math.floor(at / 10) - 1) * 10
    const sources = new Set([before + random(10)])
    if (random(2) === 1) sources.add(before + random(10))
    if (random(10) === 0) sources.add(random(before + 10))
    for (const source of sources) edges.push([source, at])
  }
  return inputOf(count, edges)
}

const layout = (input: ScopeInput, pane: Pane) => layOut(input, pane, (graph) => elk.layout(graph))
function sizeOf(input: ScopeInput, laid: Laid, pane: Pane) {
  const { right, bottom } = extentOf(input.boxes, laid.places)
  const scale = Math.min(pane.width / right, pane.height / bottom, 1)
  return { scale, used: { width: (right * scale) / pane.width, height: (bottom * scale) / pane.height } }
}
function expectApart(input: ScopeInput, { places }: Laid) {
  const all = [...places.values()]
  expect(all).toHaveLength(input.boxes.length)
  for (const [index, a] of all.entries())
    for (const b of all.slice(index + 1))
      if (Math.abs(a.x - b.x) < WIDTH && Math.abs(a.y - b.y) < HEIGHT)
        throw new Error(`two boxes overlap at ${a.x}, ${a.y}`)
}

// The width of a stage in a pane of 1240 by 560: if the stages and the gaps between them filled the pane exactly, it
// would be 67 with 300 stages and 37 with 1,000.
for (const [name, input, stageWidth] of [
  ['a chain of 300', lanes(300, 1), 55],
  ['6 chains of 50', lanes(300, 6), 55],
  ['20 chains of 15', lanes(300, 20), 55],
  ['a chain of 300 with fan-outs', fanOuts(300, 5), 48],
  ['300 in layers', layers(300), 50],
  ['298 between two', between(300), 55],
  ['300 without edges', inputOf(300, []), 60],
  ['a chain of 1,000', lanes(1000, 1), 30],
  ['20 chains of 50', lanes(1000, 20), 32],
  ['998 between two', between(1000), 30],
] as const)
  test(`the pane is used: ${name}`, { timeout: 60_000 }, async () => {
    const laid = await layout(input, WIDE)
    expectApart(input, laid)
    const { scale, used } = sizeOf(input, laid, WIDE)
    expect(used.height, 'height').toBeGreaterThan(0.5)
    expect(used.width, 'width').toBeGreaterThan(0.5)
    expect(scale * WIDTH, 'width of a stage').toBeGreaterThan(stageWidth)
  })

test('a narrow pane is used as well', async () => {
  for (const input of [lanes(300, 1), lanes(300, 6), fanOuts(300, 5), between(300)]) {
    const { scale, used } = sizeOf(input, await layout(input, NARROW), NARROW)
    expect(Math.min(used.width, used.height)).toBeGreaterThan(0.5)
    expect(scale * WIDTH).toBeGreaterThan(22)
  }
})

interface Part {
  edge: string
  left: number
  right: number
  top: number
  bottom: number
}
/** The horizontal and vertical parts of all routes, without those at the ends. */
const partsOf = ({ routes }: Laid): Part[] =>
  [...routes].flatMap(([edge, route]) =>
    route.slice(1).map(([x2, y2], index) => {
      const [x1, y1] = route[index] ?? [x2, y2]
      return {
        edge,
        left: Math.min(x1, x2),
        right: Math.max(x1, x2),
        top: Math.min(y1, y2),
        bottom: Math.max(y1, y2),
      }
    }),
  )
const crossed = (laid: Laid) =>
  partsOf(laid).filter(({ left, right, top, bottom }) =>
    [...laid.places.values()].some(({ x, y }) => x < right && x + WIDTH > left && y < bottom && y + HEIGHT > top),
  )

test('edges to the next line do not touch a stage, and those of different stages nowhere share a way', async () => {
  const laid = await layout(lanes(300, 6), WIDE)
  expect(laid.routes.size).toBeGreaterThan(6)
  expect(crossed(laid)).toEqual([])
  const parts = partsOf(laid)
  const shared = parts.filter((a) =>
    parts.some(
      (b) =>
        a.edge !== b.edge &&
        a.left <= b.right &&
        b.left <= a.right &&
        a.top <= b.bottom &&
        b.top <= a.bottom &&
        (a.top === a.bottom) === (b.top === b.bottom),
    ),
  )
  expect(shared).toEqual([])
})

test('an edge through a grid of alike stages crosses none of them', async () => {
  const laid = await layout(between(300), WIDE)
  expect(laid.routes.size).toBeGreaterThan(300)
  expect(crossed(laid)).toEqual([])
})

test('a graph of up to 150 stages has straight edges and no grid', async () => {
  const input = between(40)
  const { places } = await layout(input, WIDE)
  expect(new Set([...places.values()].map(({ x }) => x)).size).toBe(3)
})
