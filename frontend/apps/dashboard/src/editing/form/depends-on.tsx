// The stages that this one waits for.

import { useId } from 'react'
import { X } from 'lucide-react'
import { Select, Tip } from '@flowmason/ui'
import { useForm } from './form-context.ts'
import { Group } from './group.tsx'
import { useEdits } from './use-edits.ts'
import { ValueField } from './value-field.tsx'

const PATH = ['depends_on'] as const

export function DependsOn({ value, ids }: { value: unknown; ids: readonly string[] }) {
  const { stageId } = useForm()
  const { refusal, make } = useEdits()
  const select = useId()
  const list = value === undefined || value === null ? [] : value
  if (!Array.isArray(list) || !list.every((each) => typeof each === 'string')) {
    return <ValueField label="Waits for" path={PATH} value={value} shape={{ kind: 'json' }} />
  }
  const named = list as readonly string[]
  const free = ids.filter((id) => id !== stageId && !named.includes(id))
  return (
    <Group
      label="Waits for"
      path={PATH}
      refusal={refusal}
      extra={<code>depends_on</code>}
      description="The stages that have ended before this one starts."
    >
      {named.length > 0 && (
        <ul className="flex flex-wrap gap-1.5">
          {named.map((id, at) => (
            <li
              key={`${at} ${id}`}
              className="inline-flex max-w-full items-center rounded-[4px] bg-raise pl-1.5 font-mono text-xs"
            >
              <span className={ids.includes(id) ? 'truncate' : 'truncate text-fail'}>{id}</span>
              <Tip text={`No longer wait for ${id}`}>
                <button
                  type="button"
                  aria-label={`No longer wait for ${id}`}
                  onClick={() => void make([{ op: 'disconnect', stage: stageId, on: id }])}
                  className="inline-flex size-6 items-center justify-center rounded-[4px] text-muted hover:bg-line hover:text-text max-sm:size-8"
                >
                  <X size={12} aria-hidden="true" />
                </button>
              </Tip>
            </li>
          ))}
        </ul>
      )}
      {free.length > 0 && (
        <>
          <label htmlFor={select} className="sr-only">
            Wait for another stage
          </label>
          <Select
            id={select}
            value=""
            onChange={(event) => void make([{ op: 'connect', stage: stageId, on: event.target.value }])}
          >
            <option value="">Wait for another stage …</option>
            {free.map((id) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </Select>
        </>
      )}
    </Group>
  )
}
