// A form for one stage of the draft. Its fields come from the schema of the component, and each change is an edit of
// the draft, like those made on the canvas and in the text.

import { type FocusEvent, type KeyboardEvent, type ReactNode, useMemo, useState } from 'react'
import { TriangleAlert } from 'lucide-react'
import { ComponentsDocument } from '@flowmason/graphql'
import { componentKey } from '@flowmason/pipeline-canvas'
import { Empty, ErrorPanel, Loading, Note, Skeleton } from '@flowmason/ui'
import { useAnswer } from '../../lib/use-answer.ts'
import type { ComponentInfo } from '../../pipeline/docs.tsx'
import type { Outcome } from '../edits.ts'
import { INPUT_KEYS, componentOf } from '../file-keys.ts'
import type { DraftSession } from '../session.ts'
import { DependsOn } from './depends-on.tsx'
import { FilledFrom } from './filled-from.tsx'
import { FormContext, type FormUse } from './form-context.ts'
import { ProblemLines } from './frame.tsx'
import { type StageProblem, problemsOfStage } from './problem-places.ts'
import { type FieldSpec, fieldsOf } from './schema.ts'
import { OtherField, SpecField } from './spec-field.tsx'
import { StageComponent, StageId } from './stage-head.tsx'
import { OWN_KEYS, aboutFields, modelFields, reliabilityFields } from './stage-keys.ts'
import { type StageText, othersOf, placeOfInput, readStage } from './stage-value.ts'
import { modelWords, plainWords, providerWords } from './suggestions.ts'
import { useFiller } from './use-filled.ts'
import { useProviders } from './use-providers.ts'
import { useVisible } from './use-visible.ts'

interface Props {
  session: DraftSession
  pipelineId: string
  stageId: string
  /** The text of the draft. */
  source: string
  /** What the checks find in the draft; those of other stages are left out. */
  problems: readonly StageProblem[]
  /** The stage was renamed in the form: it has this id now. */
  onRenamed?: (id: string) => void
  /** Ctrl+S. */
  onSave?: () => void
}

export function StageForm({ session, pipelineId, stageId: asked, source, problems, onRenamed, onSave }: Props) {
  const answer = useAnswer(ComponentsDocument, {}, { requestPolicy: 'cache-first' })
  /** A rename that was made here: the page may still ask for the old id when the text has the new one. */
  const [rename, setRename] = useState<{ from: string; to: string }>()
  const found = useMemo(() => readStage(source, asked), [source, asked])
  const stageId = rename?.from === asked && found === 'gone' ? rename.to : asked
  const reading = useMemo(
    () => (stageId === asked ? found : readStage(source, stageId)),
    [source, stageId, asked, found],
  )
  /** A renamed stage is still the same one: what has the focus keeps it. */
  const [shown, setShown] = useState({ id: stageId, number: 0 })
  if (shown.id !== stageId) {
    const renamed = rename?.from === shown.id && rename.to === stageId
    setShown({ id: stageId, number: renamed ? shown.number : shown.number + 1 })
  }
  /** While the text is incomplete, the form shows the stage as it was. */
  const [last, setLast] = useState<{ stageId: string; text: StageText }>()
  const current = typeof reading === 'string' ? undefined : reading
  if (current && last?.text !== current) setLast({ stageId, text: current })
  const text = current ?? (reading === 'incomplete' && last?.stageId === stageId ? last.text : undefined)
  const renameTo = async (to: string): Promise<Outcome> => {
    setRename({ from: stageId, to })
    const outcome = await session.edit([{ op: 'renameStage', stage: stageId, to }])
    if (outcome.ok) onRenamed?.(to)
    else setRename(undefined)
    return outcome
  }
  if (!text) {
    return reading === 'gone' ? (
      <Empty title="The stage is gone" className="py-8">
        The draft has no stage <code>{stageId}</code> any more. Perhaps somebody has removed or renamed it.
      </Empty>
    ) : (
      <Empty title="The text is not complete" className="py-8">
        The form shows the stage once the text of the draft can be read.
      </Empty>
    )
  }
  if (answer.problem) {
    return (
      <ErrorPanel
        title="The components could not be loaded"
        problem={answer.problem}
        onRetry={answer.refetch}
        className="m-4"
      />
    )
  }
  if (!answer.data) {
    return (
      <Loading label="Loading the form" className="flex flex-col gap-3 p-4">
        <Skeleton className="h-8" />
        <Skeleton className="h-8" />
        <Skeleton className="h-24" />
      </Loading>
    )
  }
  return (
    <OpenForm
      key={shown.number}
      session={session}
      pipelineId={pipelineId}
      stageId={stageId}
      source={source}
      problems={problems}
      text={text}
      locked={reading === 'incomplete'}
      components={answer.data.components}
      rename={renameTo}
      onSave={onSave}
    />
  )
}

interface OpenProps {
  session: DraftSession
  pipelineId: string
  stageId: string
  source: string
  problems: readonly StageProblem[]
  text: StageText
  /** The text of the draft cannot be read, so nothing can be changed. */
  locked: boolean
  components: readonly ComponentInfo[]
  rename: (to: string) => Promise<Outcome>
  onSave: (() => void) | undefined
}

function OpenForm(props: OpenProps) {
  const { session, pipelineId, stageId, source, problems, text, locked, components, rename, onSave } = props
  const [name, onTemplate] = useState<string>()
  const names = useVisible({ name, pipelineId, stageId, source })
  const placed = useMemo(() => problemsOfStage(problems, stageId), [problems, stageId])
  const filler = useFiller(pipelineId, stageId, text.ids)
  const { stage } = text
  const written = componentOf(stage)
  const component = components.find((each) => componentKey(each.name) === componentKey(written))
  const inputs = useMemo(() => fieldsOf(component?.inputSchema), [component])
  const inputOf = useMemo(() => {
    const own = new Map(inputs.flatMap((spec) => spec.synonyms.map((synonym) => [synonym, spec.key])))
    return (input: string) => own.get(input) ?? input
  }, [inputs])
  const use = useMemo<FormUse>(
    () => ({ stageId, problems: placed, edit: session.edit, names, onTemplate, filler, inputOf }),
    [stageId, placed, session, names, onTemplate, filler, inputOf],
  )
  const settings = stage['llm_settings']
  const hasModel = component?.kind === 'NODE' || settings !== undefined
  const providers = useProviders(hasModel)
  const ownKeys = hasModel ? [...OWN_KEYS, 'llm_settings'] : OWN_KEYS
  const others = othersOf(stage, inputs, ownKeys)
  const shown = new Set(
    [...inputs.map((spec) => placeOfInput(stage, spec)), ...others].map(({ path }) => path.join('.')),
  )
  const unplaced = placed
    .filter(({ path }) => path.length === 0 || (isHolder(path[0]) && !shown.has(path.slice(0, 2).join('.'))))
    .map((each) => each.problem)
  /** Undoing is the draft's, unless something is typed that is not in the draft. */
  const onKey = (event: KeyboardEvent) => {
    const { target } = event
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return
    const key = event.key.toLowerCase()
    if (key === 's' && onSave) {
      event.preventDefault()
      event.stopPropagation()
      // What is typed in the field is part of it.
      if (target instanceof HTMLElement) target.blur()
      onSave()
      return
    }
    if ((key !== 'z' && key !== 'y') || (target instanceof HTMLElement && target.dataset['pending'])) return
    event.preventDefault()
    event.stopPropagation()
    session.happen({ type: 'wanted', step: key === 'y' || event.shiftKey ? 'redo' : 'undo' })
    session.flush()
  }
  const onFocus = (event: FocusEvent) => {
    const field = event.target.closest<HTMLElement>('[data-field]')?.dataset['field'] ?? null
    session.moveTo({ stage: stageId, field: field?.slice(0, 500) ?? null })
  }
  const fieldOf = (spec: FieldSpec) => {
    const { path, value } = placeOfInput(stage, spec)
    const suggestions = namesStages(spec.key) ? plainWords(text.ids.filter((id) => id !== stageId)) : undefined
    return <SpecField key={spec.key} spec={spec} path={path} value={value} suggestions={suggestions} />
  }
  const modelSuggestions = (key: string) => {
    if (key === 'provider') return providerWords(providers)
    if (key !== 'model') return undefined
    return modelWords(providers, valueIn(settings, 'provider') ?? stage['provider'], text.models)
  }
  return (
    <FormContext value={use}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <form
        aria-label={`Stage ${stageId}`}
        onSubmit={(event) => event.preventDefault()}
        onKeyDown={onKey}
        onFocus={onFocus}
        className="relative h-full overflow-y-auto"
      >
        {locked && (
          <Note tone="wait" icon={<TriangleAlert size={14} aria-hidden="true" />} className="m-4 mb-0">
            The text of the draft is not complete. The form can be used again once it can be read.
          </Note>
        )}
        <fieldset disabled={locked} className="flex min-w-0 flex-col gap-5 p-4">
          <legend className="sr-only">Stage {stageId}</legend>
          <ProblemLines problems={unplaced} />
          <StageId ids={text.ids} rename={rename} />
          <StageComponent stage={stage} components={components} />
          <FilledFrom pipelineId={pipelineId} filler={filler} />
          {inputs.length > 0 && <Part title="Settings">{inputs.map(fieldOf)}</Part>}
          {hasModel && (
            <Part title="Model">
              {modelFields.map((spec) => (
                <SpecField
                  key={spec.key}
                  spec={spec}
                  path={['llm_settings', spec.key]}
                  value={valueIn(settings, spec.key)}
                  suggestions={modelSuggestions(spec.key)}
                />
              ))}
            </Part>
          )}
          <Part title="Order and reliability">
            <DependsOn value={stage['depends_on']} ids={text.ids} />
            {reliabilityFields.map((spec) => (
              <SpecField key={spec.key} spec={spec} path={[spec.key]} value={stage[spec.key]} />
            ))}
          </Part>
          <Part title="About">
            {aboutFields.map((spec) => (
              <SpecField key={spec.key} spec={spec} path={[spec.key]} value={stage[spec.key]} />
            ))}
          </Part>
          {others.length > 0 && (
            <Part title="Other fields">
              {others.map(({ path, value }) => (
                <OtherField key={path.join('.')} path={path} value={value} />
              ))}
            </Part>
          )}
        </fieldset>
      </form>
    </FormContext>
  )
}

/** Whether an input mostly names stages: only what is suggested depends on it. */
const namesStages = (key: string): boolean => /(?:^|_)stages?$|^default_route$/.test(key)

const isHolder = (key: unknown): boolean => INPUT_KEYS.some((each) => each === key)

const valueIn = (object: unknown, key: string): unknown =>
  typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[key] : undefined

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section aria-label={title} className="flex min-w-0 flex-col gap-4 border-t border-line pt-4">
    <h3 className="text-xs text-muted">{title}</h3>
    {children}
  </section>
)
