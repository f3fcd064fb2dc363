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

/** A button of an item, and not of a list inside of it. */
const tool = (name: string): string => `:scope > span [data-tool=${name}]`

/** What an item of a list is called. */
const itemName = (label: string, at: number): string => `${label}, item ${at + 1}`

export function ListField(props: InnerProps & { items: Shape }) {
  const { label, name, path, value, present, items, extra, bare } = props
  const { stageId } = useForm()
  const { refusal, make } = useEdits()
  const box = useRef<HTMLDivElement>(null)
  const all = Array.isArray(value) ? (value as readonly unknown[]) : []
  const whole = name ?? label
  /** The focus goes to an item as it is after a change, or to the button that adds one. */
  const focus = (at: number, what: string) =>
    requestAnimationFrame(() => {
      const rows = box.current?.querySelector(':scope > ul')?.children
      const item = rows?.[Math.min(at, rows.length - 1)]
      const found = item?.querySelector<HTMLElement>(what) ?? box.current?.querySelector<HTMLElement>(tool('add'))
      found?.focus()
    })
  const set = (at: number, item: unknown): Edit => ({
    op: 'setField',
    stage: stageId,
    path: [...path, at],
    value: item,
  })
  const add = async () => {
    const item = emptyOf(items)
    // A list of its own, if the text has none, or something else in its place.
    const made = Array.isArray(present)
      ? await make([set(all.length, item)])
      : await make([{ op: 'setField', stage: stageId, path, value: [item] }])
    if (made) focus(all.length, 'input, textarea, select')
  }
  const remove = async (at: number) => {
    if (await make([{ op: 'unsetField', stage: stageId, path: [...path, at] }])) focus(at, tool('remove'))
  }
  /** Two neighbors change places; nothing else of the list is touched. */
  const move = async (at: number, way: 'up' | 'down') => {
    const to = way === 'up' ? at - 1 : at + 1
    const [low, high] = [Math.min(at, to), Math.max(at, to)]
    if (!(await make([set(low, all[high]), set(high, all[low])]))) return
    // The button of the way back, if it goes no further.
    const next = to === 0 ? 'down' : to === all.length - 1 ? 'up' : way
    focus(to, tool(next))
  }
  return (
    <Group {...props} label={label} extra={extra} refusal={refusal} bare={bare}>
      <div ref={box} className="flex flex-col gap-2">
        {all.length > 0 && (
          <ul className="flex flex-col gap-2 border-l border-line pl-3">
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
                    suggestions={props.suggestions}
                    bare={items.kind !== 'object'}
                  />
                </div>
                <span className="flex shrink-0 flex-col">
                  <IconButton
                    label={`Remove ${itemName(whole, at)}`}
                    data-tool="remove"
                    onClick={() => void remove(at)}
                  >
                    <X size={14} aria-hidden="true" />
                  </IconButton>
                  {all.length > 1 && (
                    <>
                      <IconButton
                        label={`Move ${itemName(whole, at)} up`}
                        disabled={at === 0}
                        data-tool="up"
                        onClick={() => void move(at, 'up')}
                      >
                        <ArrowUp size={14} aria-hidden="true" />
                      </IconButton>
                      <IconButton
                        label={`Move ${itemName(whole, at)} down`}
                        disabled={at === all.length - 1}
                        data-tool="down"
                        onClick={() => void move(at, 'down')}
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
            data-tool="add"
            onClick={() => void add()}
            icon={<Plus size={14} aria-hidden="true" />}
            aria-label={`Add an item to ${whole}`}
          >
            Add
          </Button>
          {Array.isArray(present) && all.length === 0 && !props.required && !props.keeps && (
            <Button
              variant="quiet"
              aria-label={`Remove ${whole}`}
              onClick={() => void make([{ op: 'unsetField', stage: stageId, path }])}
            >
              Remove the empty list
            </Button>
          )}
        </span>
      </div>
    </Group>
  )
}
