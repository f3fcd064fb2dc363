// The id of the stage and its component.

import { Input, Select } from '@flowmason/ui'
import { componentKey } from '@flowmason/pipeline-canvas'
import type { ComponentInfo } from '../../pipeline/docs.tsx'
import { summaryOf } from '../canvas/catalogue.ts'
import type { Edit, Outcome } from '../edits.ts'
import { componentKeys, componentOf } from '../file-keys.ts'
import { useForm } from './form-context.ts'
import { Frame } from './frame.tsx'
import type { Typed } from './held.ts'
import { lineOf, readText } from './readings.ts'
import { useEdits } from './use-edits.ts'
import { useHeld } from './use-held.ts'

const keepText = readText(true)

interface IdProps {
  ids: readonly string[]
  rename: (to: string) => Promise<Outcome>
}

/** A rename changes all that refers to the stage, so it is made when the field is left, and not while it is typed. */
export function StageId({ ids, rename }: IdProps) {
  const { stageId } = useForm()
  const read = (text: string): Typed => {
    if (text.trim() === '') return { fault: 'A stage needs an id.' }
    if (text !== stageId && ids.includes(text)) return { fault: `There is already a stage \`${text}\`.` }
    return keepText(text)
  }
  const held = useHeld({
    value: stageId,
    show: lineOf,
    read,
    pause: false,
    send: (own) => rename('value' in own ? String(own.value) : stageId),
  })
  return (
    <Frame
      label="Id"
      path={['id']}
      held={held}
      value={stageId}
      description="All that refers to the stage changes with it, once you press Enter or leave the field."
    >
      {(fieldIds) => (
        <Input
          {...fieldIds}
          autoComplete="off"
          spellCheck={false}
          value={held.text}
          data-pending={held.pending || undefined}
          onFocus={held.enter}
          onBlur={held.leave}
          onChange={(event) => held.type(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && held.pending) {
              event.stopPropagation()
              held.takeTheirs()
            }
            if (event.key !== 'Enter') return
            event.preventDefault()
            held.flush()
          }}
          className="font-mono text-xs"
        />
      )}
    </Frame>
  )
}

const groupNames = { NODE: 'Calls a model', OPERATOR: 'Transforms data', CONTROL_FLOW: 'Decides what runs' } as const
const kinds = ['NODE', 'OPERATOR', 'CONTROL_FLOW'] as const

export function StageComponent({
  stage,
  components,
}: {
  stage: Record<string, unknown>
  components: readonly ComponentInfo[]
}) {
  const { stageId } = useForm()
  const { refusal, make } = useEdits()
  const keys = componentKeys(stage)
  const written = componentOf(stage)
  const found = components.find((each) => componentKey(each.name) === componentKey(written))
  return (
    <Frame label="Component" path={[keys[0] ?? 'type']} error={refusal}>
      {(ids) => (
        <>
          <Select
            {...ids}
            value={found?.name ?? written}
            onChange={(event) => {
              const value = event.target.value
              void make(keys.map((key): Edit => ({ op: 'setField', stage: stageId, path: [key], value })))
            }}
          >
            {!found && <option value={written}>{written === '' ? 'None' : `${written} (unknown)`}</option>}
            {kinds.map((kind) => (
              <optgroup key={kind} label={groupNames[kind]}>
                {components
                  .filter((each) => each.kind === kind)
                  .map((each) => (
                    <option key={each.name} value={each.name}>
                      {each.name}
                    </option>
                  ))}
              </optgroup>
            ))}
          </Select>
          {found && <p className="text-xs text-muted">{summaryOf(found).replaceAll('`', '')}</p>}
        </>
      )}
    </Frame>
  )
}
