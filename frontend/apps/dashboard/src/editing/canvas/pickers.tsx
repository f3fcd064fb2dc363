// The lists of the canvas: of components, of stages, and of places in control stages.

import { type CanvasStage, ComponentIcon, branchLabel } from '@flowmason/pipeline-canvas'
import { ComponentsDocument } from '@flowmason/graphql'
import { useAnswer } from '../../lib/use-answer.ts'
import type { ListOf } from '../edits.ts'
import type { Where } from './actions.ts'
import { type ComponentInfo, fits, found, summaryOf } from './catalogue.ts'
import type { Alignment } from '@flowmason/pipeline-canvas/editing'
import { type Command, commandTable } from './commands.ts'
import { type StageMap, listsOf, whyNotConnect, whyNotMove } from './graph.ts'
import { Picker, type PickerRow } from './picker.tsx'

export function ComponentPicker({
  where,
  onPick,
  onClose,
}: {
  where: Where
  onPick: (component: ComponentInfo) => void
  onClose: () => void
}) {
  const { data, problem } = useAnswer(ComponentsDocument, {}, { requestPolicy: 'cache-first' })
  const all: readonly ComponentInfo[] = data?.components ?? []
  const fitting = where.stage === undefined || where.into ? all : all.filter((each) => fits(each, where.side ?? 'out'))
  return (
    <Picker
      label={labelOf(where)}
      placeholder={problem ? 'The components could not be loaded' : 'Name, category or text'}
      rows={(search) =>
        found(fitting, search).map((component) => ({
          id: component.name,
          icon: <ComponentIcon component={component.name} size={16} />,
          name: component.name,
          detail: summaryOf(component),
        }))
      }
      onPick={(name) => {
        const component = all.find((each) => each.name === name)
        if (component) onPick(component)
      }}
      onClose={onClose}
    />
  )
}

function labelOf({ stage, side, into }: Where): string {
  if (into) return `Add a stage inside ${into.control}`
  if (stage === undefined) return 'Add a stage'
  return side === 'in' ? `Add a stage before ${stage}` : `Add a stage after ${stage}`
}

const matches = ({ id, name, component }: CanvasStage, search: string): boolean =>
  `${id} ${name ?? ''} ${component}`.toLowerCase().includes(search.trim().toLowerCase())

const rowOf = (stage: CanvasStage, refused?: string): PickerRow => ({
  id: stage.id,
  icon: <ComponentIcon component={stage.component} size={16} />,
  name: stage.id,
  detail: stage.name && stage.name !== stage.id ? `${stage.name} · ${stage.component}` : stage.component,
  refused,
})

interface StagesProps {
  stages: StageMap
  onPick: (stage: string) => void
  onClose: () => void
}

export const StageFinder = ({ stages, onPick, onClose }: StagesProps) => (
  <Picker
    label="Find a stage"
    placeholder="Id, name or component"
    rows={(search) => [...stages.values()].filter((stage) => matches(stage, search)).map((stage) => rowOf(stage))}
    onPick={onPick}
    onClose={onClose}
  />
)

/** The stages that can wait for the selected ones; the others are last, with the reason. */
export const ConnectPicker = ({ stages, from, onPick, onClose }: StagesProps & { from: readonly string[] }) => (
  <Picker
    label={from.length === 1 ? `Which stage waits for ${from[0]}?` : `Which stage waits for these ${from.length}?`}
    placeholder="Id, name or component"
    rows={(search) => {
      const rows = [...stages.values()]
        .filter((stage) => !from.includes(stage.id) && matches(stage, search))
        .map((stage) => {
          const reasons = from.map((source) => whyNotConnect(stages, source, stage.id))
          return rowOf(stage, reasons.find(Boolean))
        })
      return rows.toSorted((a, b) => Number(a.refused !== undefined) - Number(b.refused !== undefined))
    }}
    onPick={onPick}
    onClose={onClose}
  />
)

/** The connections of a stage: what it waits for, and what waits for it. */
export function DisconnectPicker({
  stages,
  stage,
  onPick,
  onClose,
}: {
  stages: StageMap
  stage: string
  onPick: (pair: { stage: string; on: string }) => void
  onClose: () => void
}) {
  const before = stages.get(stage)?.dependsOn ?? []
  const after = [...stages.values()].filter(({ dependsOn }) => dependsOn.includes(stage))
  const pairs = [...before.map((on) => ({ stage, on })), ...after.map(({ id }) => ({ stage: id, on: stage }))]
  const words = (pair: { stage: string; on: string }) => `${pair.stage} waits for ${pair.on}`
  return (
    <Picker
      label={`Disconnect ${stage}`}
      placeholder="Which connection"
      rows={(search) =>
        pairs
          .filter((pair) => words(pair).toLowerCase().includes(search.trim().toLowerCase()))
          .map((pair) => ({ id: words(pair), name: words(pair) }))
      }
      onPick={(id) => {
        const pair = pairs.find((each) => words(each) === id)
        if (pair) onPick(pair)
      }}
      onClose={onClose}
    />
  )
}

/** The lists of control stages. */
export function ListPicker({
  label,
  stages,
  moved,
  control,
  routes,
  onPick,
  onClose,
}: {
  label: string
  stages: StageMap
  /** The stages that are to be moved. */
  moved: readonly string[]
  /** Only the lists of this control stage. */
  control?: string | undefined
  routes: (stage: string) => readonly string[]
  /** Undefined: the top level. */
  onPick: (into: ListOf | undefined) => void
  onClose: () => void
}) {
  const controls = [...stages.values()].filter(({ id }) => control === undefined || id === control)
  const lists = controls.flatMap((stage) =>
    listsOf(stage, routes(stage.id)).map(({ into, branch }) => ({ into, branch, stage })),
  )
  const nameOf = ({ stage, branch }: (typeof lists)[number]) => `${stage.id}: ${branchLabel(branch)}`
  const inside = moved.some((id) => stages.get(id)?.parent)
  return (
    <Picker
      label={label}
      placeholder="Control stage or list"
      rows={(search) => {
        const wanted = search.trim().toLowerCase()
        const rows: PickerRow[] = lists.map((each) => ({
          id: nameOf(each),
          icon: <ComponentIcon component={each.stage.component} size={16} />,
          name: nameOf(each),
          detail: each.stage.component,
          refused: moved.map((id) => whyNotMove(stages, id, each.stage.id)).find(Boolean),
        }))
        if (inside && control === undefined)
          rows.unshift({ id: 'top level', name: 'Top level', detail: 'Out of its control stage' })
        return rows.filter(({ name }) => name.toLowerCase().includes(wanted))
      }}
      onPick={(id) => onPick(lists.find((each) => nameOf(each) === id)?.into)}
      onClose={onClose}
    />
  )
}

const withKey = (how: Alignment, command: Command): [Alignment, string, string] => {
  const [key, words] = commandTable[command]
  return [how, words, key]
}

const alignmentWords: readonly [how: Alignment, words: string, detail: string][] = [
  withKey('left', 'alignLeft'),
  withKey('center', 'alignCenter'),
  ['right', 'Align right', ''],
  withKey('top', 'alignTop'),
  ['middle', 'Align middles', ''],
  ['bottom', 'Align bottom', ''],
  withKey('across', 'distributeAcross'),
  withKey('down', 'distributeDown'),
]

/** How the selected stages are put in line. */
export function AlignmentPicker({ onPick, onClose }: { onPick: (how: Alignment) => void; onClose: () => void }) {
  return (
    <Picker
      label="Align or distribute"
      placeholder="Left, center, top, distribute"
      rows={(search) =>
        alignmentWords
          .filter(([, words]) => words.toLowerCase().includes(search.trim().toLowerCase()))
          .map(([how, words, detail]) => ({ id: how, name: words, ...(detail !== '' && { detail }) }))
      }
      onPick={(id) => {
        const chosen = alignmentWords.find(([how]) => how === id)
        if (chosen) onPick(chosen[0])
      }}
      onClose={onClose}
    />
  )
}
