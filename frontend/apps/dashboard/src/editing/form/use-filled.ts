// What the texts of the form come to with the values of a run, for the fields and for the choice of the run.

import { useEffect, useState, useSyncExternalStore } from 'react'
import { DraftFilledDocument, type FillableRunsQuery, FillableRunsDocument } from '@flowmason/graphql/editing'
import { api } from '../../api.ts'
import type { Path } from '../edits.ts'
import { INPUT_KEYS } from '../file-keys.ts'
import { type Ask, Filler, type Known, isExpression } from './filled.ts'
import { useForm } from './form-context.ts'
import { isTemplate } from './schema.ts'

/** The filler of one stage. With other stages in the draft, the same texts may read other things. */
export function useFiller(pipelineId: string, stageId: string, ids: readonly string[]): Filler {
  const [filler] = useState(() => new Filler(askFor(pipelineId, stageId)))
  const stages = ids.join('\n')
  useEffect(() => filler.askWith(askFor(pipelineId, stageId)), [filler, pipelineId, stageId, stages])
  useEffect(() => filler.stop, [filler])
  return filler
}

const askFor =
  (id: string, stage: string): Ask =>
  (texts, run, done) => {
    const variables = {
      id,
      stage,
      texts: texts.map(({ text, field }) => ({ text, field: field ?? null })),
      run: run ?? null,
    }
    const source = api.plain.query(DraftFilledDocument, variables).subscribe(({ data }) => {
      done(data?.pipeline.draft?.filled.values)
    })
    return source.unsubscribe
  }

/** What is known of the text of a field; undefined if there is nothing to fill in. */
export function useFilled(path: Path, text: string, isText: boolean): Known | undefined {
  const { filler, inputOf } = useForm()
  const key = path.join('.')
  const [holder, name] = path
  const input = typeof name === 'string' && INPUT_KEYS.some((each) => each === holder) ? inputOf(name) : undefined
  const whole = input !== undefined && isExpression(input)
  const wanted = isText && (isTemplate(text) || (whole && path.length === 2 && text.trim() !== ''))
  const field = whole && path.length > 2 ? undefined : input
  useEffect(() => {
    if (wanted) filler?.want(key, { text, field })
    else filler?.drop(key)
  }, [filler, key, wanted, text, field])
  useEffect(() => () => filler?.drop(key), [filler, key])
  const known = useSyncExternalStore(filler?.subscribe ?? never, () =>
    filler && !filler.isOff() ? filler.known(key) : undefined,
  )
  return wanted ? known : undefined
}

const never = () => () => {}

export type FillableRun = FillableRunsQuery['runs']['edges'][number]['node']

/** The newest runs whose values can be chosen. Undefined as long as they are not known, or cannot be read. */
export function useFillableRuns(pipelineId: string, wanted: boolean): readonly FillableRun[] | undefined {
  const [runs, setRuns] = useState<readonly FillableRun[]>()
  useEffect(() => {
    if (!wanted) return
    const source = api.plain.query(FillableRunsDocument, { pipelineId }).subscribe(({ data }) => {
      if (data) setRuns(data.runs.edges.map(({ node }) => node))
    })
    return source.unsubscribe
  }, [pipelineId, wanted])
  return runs
}
