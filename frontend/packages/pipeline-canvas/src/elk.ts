// Runs ELK in a worker, loaded on first use. The host provides the function that creates the worker: a page can name
// its file, an editor's webview needs a blob.

import { yieldToPage } from '@flowmason/ui'
import type { ELK, ElkExtendedEdge } from 'elkjs/lib/elk-api.js'
import { LARGE, type Laid, type ScopeInput } from './arrange.ts'

export type MakeWorker = () => Worker | Promise<Worker>

let elk: Promise<ELK> | undefined

function load(make: MakeWorker): Promise<ELK> {
  elk ??= Promise.all([import('elkjs/lib/elk-api.js'), make()]).then(([module, worker]) => {
    const Elk = module.default as unknown as new (options: object) => ELK
    return new Elk({ workerFactory: () => worker })
  })
  elk.catch(() => {
    elk = undefined
  })
  return elk
}

// Shared by all boxes, so that each object is copied to the worker only once.
const FIXED = { 'elk.portConstraints': 'FIXED_POS' }
const WEST = { 'elk.port.side': 'WEST' }
const EAST = { 'elk.port.side': 'EAST' }

export async function elkPlaces(make: MakeWorker, input: ScopeInput): Promise<Laid> {
  const engine = await load(make)
  const question = {
    id: 'root',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.padding': '[top=0,left=0,bottom=0,right=0]',
      'elk.spacing.nodeNode': '28',
      'elk.layered.spacing.nodeNodeBetweenLayers': String(input.gap),
      'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
      'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
      'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
    },
    children: input.boxes.map((box) => ({
      id: box.id,
      width: box.width,
      height: box.height,
      layoutOptions: FIXED,
      ports: [
        { id: `${box.id}:in`, x: 0, y: box.inY, width: 0, height: 0, layoutOptions: WEST },
        {
          id: `${box.id}:out`,
          x: box.width,
          y: box.outY,
          width: 0,
          height: 0,
          layoutOptions: EAST,
        },
      ],
    })),
    edges: input.lines.map((line, index) => ({
      id: `line-${index}`,
      sources: [`${line.source}:out`],
      targets: [`${line.target}:in`],
    })),
  }
  const large = input.boxes.length > LARGE
  // For a large graph, copying the input to the worker is a task of its own, and so is copying the result back.
  if (large) await yieldToPage()
  const answer = await engine.layout(question)
  if (large) await yieldToPage()
  const places = new Map((answer.children ?? []).map((child) => [child.id, { x: child.x ?? 0, y: child.y ?? 0 }]))
  const routes = new Map(
    ((answer.edges ?? []) as ElkExtendedEdge[]).map((edge, index) => {
      const { source, target } = input.lines[index] ?? { source: '', target: '' }
      const bends = edge.sections?.[0]?.bendPoints ?? []
      return [`${source}→${target}`, bends.map(({ x, y }) => [x, y] as const)]
    }),
  )
  return { places, routes }
}
