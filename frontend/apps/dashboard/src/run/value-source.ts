// Identifies a value of a run and loads all of it, since it may be too long for a response.

import {
  RunStageDocument,
  RunPageDocument,
  RunValuePageDocument,
  type ValueInfoFragment,
  inOrg,
} from '@flowmason/graphql'
import { toast } from '@flowmason/ui/toast'
import { api } from '../api.ts'

export type ValueInfo = ValueInfoFragment

export interface ValueSource {
  run: string
  /** The address of the stage run; absent for the run as a whole. */
  stage?: string
  part: 'input' | 'output'
}

/** The size of the pages of a long value. */
export const PAGE_BYTES = 65_536

/** One page of a value's JSON text, counted from 0. Pages join without gaps: the server cuts between characters. */
export function pageVariables({ run, stage, part }: ValueSource, page: number) {
  return {
    id: run,
    address: stage ?? '',
    ofRun: stage === undefined,
    ofStage: stage !== undefined,
    input: part === 'input',
    output: part === 'output',
    offset: page * PAGE_BYTES,
  }
}
export { RunValuePageDocument }

/** The download URL of the value. */
async function addressOf(source: ValueSource): Promise<string> {
  const field = source.part === 'input' ? 'inputValue' : 'outputValue'
  const info =
    source.stage === undefined
      ? (await api.client.query(RunPageDocument, { id: source.run }, { requestPolicy: 'cache-first' })).data?.run[field]
      : (await api.client.query(RunStageDocument, { id: source.run, address: source.stage })).data?.run.stage?.[field]
  if (!info) throw new Error('The server has no such value.')
  return info.downloadUrl
}

export const nameOf = ({ run, stage, part }: ValueSource): string =>
  `${[run, stage?.replaceAll(/[^\w.-]+/g, '-'), part].filter(Boolean).join('-')}.json`

const failed = (reason: unknown) =>
  toast.error('The value could not be loaded.', {
    description: reason instanceof Error ? reason.message : String(reason),
  })

/** Downloads the value, byte for byte as the server has it. */
export async function downloadValue(source: ValueSource, info: ValueInfo | undefined): Promise<void> {
  try {
    const href = inOrg(info?.downloadUrl ?? (await addressOf(source)))
    Object.assign(document.createElement('a'), { href, download: nameOf(source) }).click()
  } catch (reason) {
    failed(reason)
  }
}

/** The whole value as JSON text. */
export async function wholeText(info: ValueInfo): Promise<string> {
  const response = await fetch(inOrg(info.downloadUrl), { credentials: 'same-origin' })
  if (!response.ok) throw new Error(`The server responded with status ${response.status}.`)
  return response.text()
}
export { failed as valueFailed }
