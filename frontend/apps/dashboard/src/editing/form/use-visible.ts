// Asks the server how it reads the stages of the draft, and what the last run has put out, once somebody types a
// template.

import { useEffect, useMemo, useState } from 'react'
import { RunListDocument, RunStageDocument, ValidateDocument } from '@flowmason/graphql'
import { api } from '../../api.ts'
import type { ComponentInfo } from '../../pipeline/docs.tsx'
import type { VisibleName } from './completion.ts'
import { namesIn } from './last-output.ts'
import type { StageText } from './stage-value.ts'
import { type Shape, before, dotted, namesAt } from './visible.ts'

/** A text that is being changed is not read at each letter. */
const QUIET_MS = 300

const noShapes: readonly Shape[] = []
const nothing: readonly VisibleName[] = []

interface Asked {
  /** The name that is being typed; undefined before the first one is. */
  name: string | undefined
  pipelineId: string
  stageId: string
  /** The text of the draft. */
  source: string
  text: StageText
  components: readonly ComponentInfo[]
}

export function useVisible({ name, pipelineId, stageId, source, text, components }: Asked): readonly VisibleName[] {
  const [shapes, setShapes] = useState(noShapes)
  const wanted = name !== undefined
  useEffect(() => {
    if (!wanted) return
    let gone = false
    const look = async () => {
      const { data } = await api.plain.query(ValidateDocument, { source }).toPromise()
      if (!gone && data) setShapes(data.validatePipeline.stages)
    }
    const timer = setTimeout(() => void look(), QUIET_MS)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [wanted, source])
  const { ended } = useMemo(() => before(shapes, stageId), [shapes, stageId])
  const read = name === undefined ? undefined : ended.find((id) => name.startsWith(`${dotted('upstream', id)}.`))
  const last = useLastNames(pipelineId, read)
  return useMemo(() => {
    if (!wanted) return nothing
    const names = namesAt(stageId, { shapes, inputs: text.inputs, stages: text.stages, components })
    // What the last run had says more than the words of the component.
    const known = new Map(names.map((each) => [each.text, each]))
    for (const each of last) known.set(each.text, each)
    return [...known.values()]
  }, [wanted, stageId, shapes, text, components, last])
}

/** The fields that a stage put out in the last run that succeeded. Each stage is asked for once. */
function useLastNames(pipelineId: string, id: string | undefined): readonly VisibleName[] {
  const [known, setKnown] = useState<ReadonlyMap<string, readonly VisibleName[]>>(new Map())
  const missing = id !== undefined && !known.has(id)
  useEffect(() => {
    if (!missing) return
    let gone = false
    const look = async () => {
      const output = await lastOutput(pipelineId, id)
      if (!gone) setKnown((all) => new Map(all).set(id, namesIn(output, dotted('upstream', id))))
    }
    void look()
    return () => {
      gone = true
    }
  }, [pipelineId, id, missing])
  return (id === undefined ? undefined : known.get(id)) ?? nothing
}

/** Undefined if there was no such run, or its output is long. */
async function lastOutput(pipelineId: string, id: string): Promise<unknown> {
  const runs = await api.plain.query(RunListDocument, { first: 1, pipelineId, status: ['SUCCEEDED'] }).toPromise()
  const run = runs.data?.runs.edges[0]?.node.id
  if (run === undefined) return undefined
  const { data } = await api.plain.query(RunStageDocument, { id: run, address: id }).toPromise()
  return data?.run.stage?.output
}
