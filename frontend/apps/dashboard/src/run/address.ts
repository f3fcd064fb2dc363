// Addresses of stage runs: `id`, `id[3]/inner`, `id/try/inner`, `id/route.X/inner`, nested to any depth.

export interface Address {
  /** The stage of the file. */
  stage: string
  /** The address of the enclosing control stage's run; null at the top level. */
  parent: string | null
  /** The index of a foreach item or loop iteration. */
  item: number | null
  branch: string | null
  depth: number
}

const INDEXED = /^(.*)\[(\d+)\]$/

/** Whether a stage run is inside a control stage's run, at any depth. Compares whole parts: `ab` is not inside `a`. */
export const isInside = (address: string, control: string): boolean =>
  address.startsWith(`${control}/`) || address.startsWith(`${control}[`)

export function parseAddress(address: string): Address {
  const parts = address.split('/')
  let result: Address = { stage: parts[0] ?? address, parent: null, item: null, branch: null, depth: 0 }
  let own = result.stage
  for (let at = 0; at < parts.length - 1;) {
    const part = parts[at] ?? ''
    const indexed = INDEXED.exec(part)
    const prefix = parts.slice(0, at).join('/')
    const [name, item] = indexed ? [indexed[1] ?? part, Number(indexed[2])] : [part, null]
    own = prefix ? `${prefix}/${name}` : name
    const branch = indexed ? null : (parts[at + 1] ?? null)
    at += indexed ? 1 : 2
    const next = parts[at]
    if (next === undefined) break
    result = { stage: next, parent: own, item, branch, depth: result.depth + 1 }
  }
  // The last part of an item's address (`each[3]`) is not an inner stage.
  const last = INDEXED.exec(result.stage)
  if (last && parts.length === 1) result = { ...result, stage: last[1] ?? result.stage, item: Number(last[2]) }
  return result
}

/** The items that an address passes through, outermost first; counted from 1, as on the pages. */
export const itemsOf = (address: string): number[] =>
  [...address.matchAll(/\[(\d+)\]/g)].map(([, index]) => Number(index) + 1)

/**
 * The readable form of an address: `each #2 › mood`, with items counted from 1 as everywhere on the pages. The API and
 * the command line use the address itself, which counts from 0.
 */
export const addressWords = (address: string): string =>
  address
    .split('/')
    .map((part) => part.replace(/^route\./, '').replace(/\[(\d+)\]$/, (_, index: string) => ` #${Number(index) + 1}`))
    .join(' › ')
