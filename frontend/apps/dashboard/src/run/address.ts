// Addresses of stage runs: `id`, `id[3]/inner`, `id/try/inner`, `id/route.X/inner`, nested to any depth.

export interface Address {
  /** The stage of the file. */
  stage: string
  /** The address of the control stage's own run, if this one is inner. */
  parent: string | null
  /** The item of a foreach or the round of a loop. */
  item: number | null
  branch: string | null
  depth: number
}

const INDEXED = /^(.*)\[(\d+)\]$/

/** Whether a stage run lies inside the run of a control stage, at any depth. Ids may begin alike: `ab` is not inside `a`. */
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
  // The last part of an item's own address (`each[3]`) is not a stage of the file.
  const last = INDEXED.exec(result.stage)
  if (last && parts.length === 1) result = { ...result, stage: last[1] ?? result.stage, item: Number(last[2]) }
  return result
}

/** The items that an address leads through, from the outermost; counted from 1, as a person counts. */
export const itemsOf = (address: string): number[] =>
  [...address.matchAll(/\[(\d+)\]/g)].map(([, index]) => Number(index) + 1)

/**
 * An address for a person: `each #2 › mood`, with items counted from 1 as everywhere on the pages. The address itself,
 * which counts from 0, is what the API and the command line take.
 */
export const addressWords = (address: string): string =>
  address
    .split('/')
    .map((part) => part.replace(/^route\./, '').replace(/\[(\d+)\]$/, (_, index: string) => ` #${Number(index) + 1}`))
    .join(' › ')
