// A list: its items can be changed, added, removed and moved.

import { useRef } from 'react'
import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react'
import { Button, IconButton } from '@flowmason/ui'
import type { Edit } from '../edits.ts'
import { useForm } from './form-context.ts'
import { Group } from './group.tsx'
import { type Shape, emptyOf } from './schema.ts'
import { useEdits } from './use-edits.ts'
import { type InnerProps, ValueField } from './value-field.tsx'

/** What an item of a list is called. */
const itemName = (label: string, at: number): string => `${label}, item ${at + 1}`

export function ListField(props: InnerProps & { items: Shape }) {
  const { label, name, path, value, present, items, extra, bare } = props
  const { stageId } = useForm()
  const { refusal, busy, make } = useEdits()
  const box = useRef<HTMLUListElement>(null)
  const all = Array.isArray(value) ? (value as readonly unknown[]) : []
  const whole = name ?? label
  const set = (at: number, item: unknown): Edit => ({ op: 'setField', stage: stageId, path: [...path, at], value: item })
  const add = async () => {
    const item = emptyOf(items)
    // A list of its own, if the text has none, or something else in its place.
    const made = Array.isArray(present)
      ? await make([set(all.length, item)])
      : await make([{ op: 'setField', stage: stageId, path, value: [item] }])
    if (!made) return
    requestAnimationFrame(() => {
      const last = box.current?.lastElementChild
      last?.querySelector<HTMLElement>('input, textarea, select')?.focus()
    })
  }
  const remove = (at: number) => make([{ op: 'unsetField', stage: stageId, path: [...path, at] }])
  /** Two neighbors change places; nothing else of the list is touched. */
  const swap = (at: number) => make([set(at, all[at + 1]), set(at + 1, all[at])])
  return (
    <Group {...props} label={label} extra={extra} refusal={refusal} bare={bare}>
      {all.length > 0 && (
        <ul ref={box} className="flex flex-col gap-2 border-l border-line pl-3">
          {all.map((item, at) => (
            <li key={at} className="flex min-w-0 items-start gap-1">
              <div className="min-w-0 flex-1">
                <ValueField
                  label={itemName(label, at)}
                  name={itemName(whole, at)}
                  path={[...path, at]}
                  value={item}
                  shape={items}
                  keeps
                  bare={items.kind !== 'object'}
                />
              </div>
              <span className="flex shrink-0 flex-col">
                <IconButton
                  label={`Remove ${itemName(whole, at)}`}
                  disabled={busy}
                  onClick={() => void remove(at)}
                >
                  <X size={14} aria-hidden="true" />
                </IconButton>
                {all.length > 1 && (
                  <>
                    <IconButton
                      label={`Move ${itemName(whole, at)} up`}
                      disabled={busy || at === 0}
                      onClick={() => void swap(at - 1)}
                    >
                      <ArrowUp size={14} aria-hidden="true" />
                    </IconButton>
                    <IconButton
                      label={`Move ${itemName(whole, at)} down`}
                      disabled={busy || at === all.length - 1}
                      onClick={() => void swap(at)}
                    >
                      <ArrowDown size={14} aria-hidden="true" />
                    </IconButton>
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
      <span className="flex gap-2">
        <Button
          disabled={busy}
          onClick={() => void add()}
          icon={<Plus size={14} aria-hidden="true" />}
          aria-label={`Add an item to ${whole}`}
        >
          Add
        </Button>
        {Array.isArray(present) && all.length === 0 && !props.required && !props.keeps && (
          <Button
            variant="quiet"
            disabled={busy}
            aria-label={`Remove ${whole}`}
            onClick={() => void make([{ op: 'unsetField', stage: stageId, path }])}
          >
            Remove the empty list
          </Button>
        )}
      </span>
    </Group>
  )
}
