// Asks the server what the templates of a stage can read, and what the last run has put out, once somebody types one.

import { useEffect, useMemo, useState } from 'react'
import { RunListDocument, RunStageDocument } from '@flowmason/graphql'
import { DraftReadableDocument } from '@flowmason/graphql/editing'
import { api } from '../../api.ts'
import type { VisibleName } from './completion.ts'
import { namesIn } from './last-output.ts'

/** A text that is being changed is not read at each letter. */
const QUIET_MS = 300

interface Readable {
  text: string
  /** The stage that it comes from. */
  stage?: string | null | undefined
  about: string
}

interface Asked {
  /** The name that is being typed; undefined before the first one is. */
  name: string | undefined
  pipelineId: string
  stageId: string
  /** The text of the draft: with another one, other names can be read. */
  source: string
}

export function useVisible({ name, pipelineId, stageId, source }: Asked): readonly VisibleName[] {
  const [found, setFound] = useState<readonly Readable[]>([])
  const wanted = name !== undefined
  useEffect(() => {
    if (!wanted) return
    let gone = false
    const look = async () => {
      const { data } = await api.plain.query(DraftReadableDocument, { id: pipelineId, stage: stageId }).toPromise()
      if (!gone && data?.pipeline.draft) setFound(data.pipeline.draft.readable)
    }
    const timer = setTimeout(() => void look(), QUIET_MS)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [wanted, pipelineId, stageId, source])
  const output = name === undefined ? undefined : outputOf(found, name)
  const last = useLastNames(pipelineId, output)
  return useMemo(() => {
    const known = new Map<string, VisibleName>()
    for (const { text, stage, about } of found)
      known.set(text, { text, about: about || (stage ? `from ${stage}` : '') })
    // What the last run had says more than the words of the component.
    for (const each of last) known.set(each.text, each)
    return [...known.values()]
  }, [found, last])
}

interface Output {
  stage: string
  /** How it is written. */
  text: string
}

/** The output of which a field is being typed. That of a stage comes before its fields. */
export function outputOf(found: readonly Readable[], name: string): Output | undefined {
  for (const { stage, text } of found)
    if (stage && text.startsWith('upstream') && name.startsWith(`${text}.`)) return { stage, text }
  return undefined
}

const nothing: readonly VisibleName[] = []

/** The fields that a stage put out in the last run that succeeded. Each stage is asked for once. */
function useLastNames(pipelineId: string, output: Output | undefined): readonly VisibleName[] {
  const [known, setKnown] = useState<ReadonlyMap<string, readonly VisibleName[]>>(new Map())
  const { stage, text } = output ?? {}
  const missing = stage !== undefined && !known.has(stage)
  useEffect(() => {
    if (!missing || text === undefined) return
    let gone = false
    const look = async () => {
      const value = await lastOutput(pipelineId, stage)
      if (!gone) setKnown((all) => new Map(all).set(stage, namesIn(value, text)))
    }
    void look()
    return () => {
      gone = true
    }
  }, [pipelineId, stage, text, missing])
  return (stage === undefined ? undefined : known.get(stage)) ?? nothing
}

/** Undefined if there was no such run, or its output is long. */
async function lastOutput(pipelineId: string, stage: string): Promise<unknown> {
  const runs = await api.plain.query(RunListDocument, { first: 1, pipelineId, status: ['SUCCEEDED'] }).toPromise()
  const run = runs.data?.runs.edges[0]?.node.id
  if (run === undefined) return undefined
  const { data } = await api.plain.query(RunStageDocument, { id: run, address: stage }).toPromise()
  return data?.run.stage?.output
}
