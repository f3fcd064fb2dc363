// A setting of a stage: text with its templates as chips, anything else as code.

import { Fragment } from 'react'
import { JsonView } from '@flowmason/ui'
import { splitTemplates } from '../lib/templates.ts'

export function TemplateText({ text }: { text: string }) {
  return (
    <span className="break-words whitespace-pre-wrap">
      {splitTemplates(text).map((part, index) =>
        'template' in part ? (
          <code
            key={index}
            className="inline-block max-w-full rounded-[4px] bg-run-soft px-1.5 leading-[17px] break-words text-run"
          >
            {part.template}
          </code>
        ) : (
          <Fragment key={index}>{part.text}</Fragment>
        ),
      )}
    </span>
  )
}

export function Setting({ name, value }: { name: string; value: unknown }) {
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null
  const short = plain && String(value).length <= 40 && !String(value).includes('\n')
  return (
    <div className="flex flex-col gap-1.5">
      <dt className="font-medium">{name}</dt>
      <dd
        className={
          short
            ? 'rounded-control border border-line2 px-2.5 py-1'
            : 'max-h-96 overflow-y-auto rounded-control border border-line2 px-2.5 py-2'
        }
        tabIndex={short ? undefined : 0}
      >
        {typeof value === 'string' ? <TemplateText text={value} /> : <Structured value={value} />}
      </dd>
    </div>
  )
}

/** Lists and objects with templates in their texts are shown with chips; others as a tree. */
function Structured({ value }: { value: unknown }) {
  if (Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string')) {
    return (
      <ul className="flex flex-col gap-1">
        {value.map((each, index) => (
          <li key={index}>
            <TemplateText text={each as string} />
          </li>
        ))}
      </ul>
    )
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
    return (
      <dl className="flex flex-col gap-1.5">
        {Object.entries(value).map(([key, child]) => (
          <div key={key}>
            <dt className="font-mono text-xs text-key">{key}</dt>
            <dd className="border-l border-line pl-2.5">
              {typeof child === 'string' ? <TemplateText text={child} /> : <Structured value={child} />}
            </dd>
          </div>
        ))}
      </dl>
    )
  }
  return <JsonView value={value} />
}
