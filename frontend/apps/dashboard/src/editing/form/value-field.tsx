// One value of the stage, with the control for its shape. A value that the shape does not have (a template in place of
// a number, an object in place of a text) gets a control that can show it.

import { type ReactNode, useMemo, useState } from 'react'
import type { Path } from '../edits.ts'
import { rangeOf } from './filled.ts'
import { editOf, useForm } from './form-context.ts'
import { Frame } from './frame.tsx'
import type { Typed } from './held.ts'
import { JsonControl, NumberControl, OptionControl, WordControl } from './line-controls.tsx'
import { ListField } from './list-field.tsx'
import { ObjectField } from './object-field.tsx'
import {
  lineOf,
  optionOf,
  placeholderOf,
  prettyOf,
  readJsonText,
  readNumber,
  readOption,
  readText,
} from './readings.ts'
import { type ChoiceOption, type Shape, fits, isTemplate } from './schema.ts'
import type { Suggestion } from './suggestions.ts'
import { TextControl } from './text-control.tsx'
import { useFilled } from './use-filled.ts'
import { useHeld } from './use-held.ts'

export interface ValueProps {
  label: string
  /** For screen readers, where the label alone says too little. */
  name?: string | undefined
  path: Path
  value: unknown
  shape: Shape
  required?: boolean | undefined
  /** An empty text stays a text, as in the items of a list. */
  keeps?: boolean | undefined
  description?: string | undefined
  default?: unknown
  /** The label is for screen readers only, as in the items of a list. */
  bare?: boolean | undefined
  /** Buttons for the value as a whole. */
  tools?: ReactNode
  /** Texts to choose from; others can be typed, too. */
  suggestions?: readonly Suggestion[] | undefined
}

const template: ChoiceOption = { label: 'Template', shape: { kind: 'text', long: true } }
const json: ChoiceOption = { label: 'JSON', shape: { kind: 'json' } }

/** The ways to edit a value of a shape. */
function waysOf(shape: Shape): readonly ChoiceOption[] {
  switch (shape.kind) {
    case 'choice':
      return shape.options
    case 'text':
    case 'json':
      return [{ label: 'Text', shape }]
    default:
      return [{ label: 'Value', shape }, template]
  }
}

/** The way in which a value is edited: the one that was chosen, else the first that can show it. */
function wayOf(shape: Shape, value: unknown, chosen?: string): { ways: readonly ChoiceOption[]; way: ChoiceOption } {
  const known = waysOf(shape)
  const fitting = known.find((each) => fits(each.shape, value))
  const other = isTemplate(value) ? template : json
  const ways = fitting ? known : [...known, other]
  return { ways, way: ways.find((each) => each.label === chosen) ?? fitting ?? other }
}

export function ValueField(props: ValueProps) {
  const { shape, value, tools, label, name } = props
  const [chosen, setChosen] = useState<string>()
  const { ways, way } = wayOf(shape, value, chosen)
  const replaces = !fits(way.shape, value)
  const extra = (
    <>
      {ways.length > 1 && (
        <select
          aria-label={`How ${name ?? label} is edited`}
          value={way.label}
          onChange={(event) => setChosen(event.target.value)}
          className="h-6 max-w-36 rounded-control border border-transparent bg-transparent text-xs text-muted hover:border-line2 hover:text-text max-sm:h-8"
        >
          {ways.map((each) => (
            <option key={each.label}>{each.label}</option>
          ))}
        </select>
      )}
      {tools}
    </>
  )
  const description = replaces
    ? `What you type replaces the present value.${props.description ? ` ${props.description}` : ''}`
    : props.description
  // A control for another shape begins anew: what was typed for the one before does not fit it.
  const rest = { ...props, description, extra, value: replaces ? undefined : value, present: value }
  const key = way.label
  switch (way.shape.kind) {
    case 'list':
      return <ListField key={key} {...rest} items={way.shape.items} />
    case 'object':
      return <ObjectField key={key} {...rest} fields={way.shape.fields} others={way.shape.others} />
    default:
      return <LeafField key={key} {...rest} shape={way.shape} />
  }
}

export interface InnerProps extends Omit<ValueProps, 'shape' | 'tools'> {
  extra: ReactNode
  /** The value of the draft, also if this control cannot show it. */
  present: unknown
}

function LeafField(props: InnerProps & { shape: Shape }) {
  const {
    label,
    name,
    path,
    value,
    present,
    shape,
    required = false,
    keeps = false,
    description,
    bare,
    extra,
    suggestions,
  } = props
  const { stageId, edit } = useForm()
  const { show, read } = useMemo(() => textsOf(shape, required || keeps), [shape, required, keeps])
  const held = useHeld({
    value,
    show,
    read,
    send: (own) => {
      if ('none' in own && present === undefined) return Promise.resolve({ ok: true })
      return edit(editOf(stageId, path, own))
    },
  })
  const placeholder = placeholderOf(props.default)
  const filled = useFilled(path, held.text, shape.kind === 'text')
  const problem = filled && filled.of === held.text ? filled.answer?.problem : undefined
  return (
    <Frame
      label={label}
      name={name}
      path={path}
      required={required}
      description={description}
      extra={extra}
      held={held}
      value={value}
      filled={filled}
      bare={bare}
    >
      {(ids) => {
        switch (shape.kind) {
          case 'number':
            return <NumberControl ids={ids} held={held} whole={shape.whole} placeholder={placeholder} />
          case 'flag':
            return <OptionControl ids={ids} held={held} options={[true, false]} fallback={placeholder} />
          case 'enum':
            return <OptionControl ids={ids} held={held} options={shape.options} fallback={placeholder} />
          case 'text':
            return suggestions ? (
              <WordControl ids={ids} held={held} words={suggestions} placeholder={placeholder} />
            ) : (
              <TextControl
                ids={ids}
                held={held}
                long={shape.long || held.text.includes('\n')}
                required={required}
                fault={problem?.inText ? rangeOf(held.text, problem) : undefined}
                placeholder={placeholder ?? hintOf(shape.format)}
              />
            )
          default:
            return <JsonControl ids={ids} held={held} placeholder={placeholder} />
        }
      }}
    </Frame>
  )
}

/** How a value is shown as a text, and read from one. */
function textsOf(shape: Shape, keeps: boolean): { show: (value: unknown) => string; read: (text: string) => Typed } {
  switch (shape.kind) {
    case 'number':
      return { show: lineOf, read: (text) => readNumber(text, shape.whole, shape.bounds) }
    case 'flag':
      return { show: lineOf, read: (text) => readOption(text, [true, false]) }
    case 'enum':
      return {
        show: (value) => optionOf(value, shape.options, shape.anyCase),
        read: (text) => readOption(text, shape.options),
      }
    case 'text':
      return { show: lineOf, read: readText(keeps) }
    default:
      return { show: prettyOf, read: readJsonText }
  }
}

/** What a text of a format looks like. */
function hintOf(format: string | undefined): string | undefined {
  switch (format) {
    case 'uri':
    case 'url':
      return 'https://…'
    case 'date-time':
      return '2026-01-31T09:00:00Z'
    case 'date':
      return '2026-01-31'
    case 'email':
      return 'name@example.com'
    default:
      return undefined
  }
}
