// What the page needs of ELK's answer. ELK returns its whole question with the positions filled in; for a thousand
// stages, reading all of that from the worker is one long task of the page.

interface Point {
  x: number
  y: number
}
export interface LayoutAnswer {
  children: { id: string; x: number; y: number }[]
  edges: { sections: { bendPoints: Point[] }[] }[]
}
interface ElkAnswer {
  children?: { id: string; x?: number; y?: number }[]
  edges?: { sections?: { bendPoints?: Point[] }[] }[]
}

/** Keeps the positions of the boxes and the corners of the lines. */
export const positionsOnly = ({ children = [], edges = [] }: ElkAnswer): LayoutAnswer => ({
  children: children.map(({ id, x = 0, y = 0 }) => ({ id, x, y })),
  edges: edges.map(({ sections = [] }) => ({
    sections: sections.slice(0, 1).map(({ bendPoints = [] }) => ({ bendPoints })),
  })),
})

/** Shortens the messages of ELK's worker that hold a layout; others (errors, options) stay as they are. */
export function shortened(message: unknown): unknown {
  const data = typeof message === 'object' && message !== null && 'data' in message ? message.data : undefined
  if (typeof data !== 'object' || data === null || !('children' in data)) return message
  return { ...(message as object), data: positionsOnly(data as ElkAnswer) }
}
