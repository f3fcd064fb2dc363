// A schedule in words: which parts of a sentence were understood, everything that it can mean, and what is missing.
// Whoever writes it chooses a reading, which fills the form.

import { useState } from 'react'
import { TriggerFromWordsDocument, type TriggerFromWordsQuery } from '@flowmason/graphql/triggers'
import { Button, Field, Input, useRegion } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { type TriggerForm, partOf } from './definition.ts'
import { knownZone, momentIn } from './local-time.ts'
import { useSettled } from './preview.tsx'
import { sentence as capitalized } from './words.ts'

type Found = TriggerFromWordsQuery['triggerFromWords']
type Reading = Found['readings'][number]

/** As many characters as the server reads. */
const MAX = 500

interface Props {
  pipelineId: string
  /** Counts if the sentence names no time zone. */
  timezone: string
  onUse: (part: Partial<TriggerForm>) => void
}

export function InWords({ pipelineId, timezone, onUse }: Props) {
  const [text, setText] = useState('')
  const settled = useSettled(text.trim())
  const { data, problem } = useAnswer(
    TriggerFromWordsDocument,
    { pipelineId, sentence: settled, timeZone: timezone },
    { pause: settled === '' },
  )
  const found = settled ? data?.triggerFromWords : undefined
  return (
    <div className="flex flex-col gap-2">
      <Field label="In words" hint="In English or German. What it means fills the form; nothing is created by it.">
        {(ids) => (
          <Input
            {...ids}
            value={text}
            maxLength={MAX}
            autoComplete="off"
            placeholder="every weekday at 9 in Berlin"
            onChange={(event) => setText(event.target.value)}
            // Enter would save the form, which does not have what the sentence says.
            onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
          />
        )}
      </Field>
      <div role="status" aria-label="What was understood" className="flex flex-col gap-2">
        {problem && settled && <p className="text-xs text-fail">The sentence could not be read: {problem.message}</p>}
        {found && (
          <>
            <Underlined sentence={settled} spans={found.spans} />
            <Questions questions={found.questions} />
            {found.readings.length > 1 && <p className="font-medium">It can mean several things:</p>}
            {found.readings.map((reading) => (
              <Meaning key={reading.words} reading={reading} timezone={timezone} onUse={onUse} />
            ))}
          </>
        )}
      </div>
    </div>
  )
}

/** The sentence, with a line under what was understood and a wavy one under the rest. */
function Underlined({ sentence, spans }: { sentence: string; spans: Found['spans'] }) {
  return (
    <p className="break-words">
      {spans.map(({ from, to, understood }, at) => (
        <span key={from}>
          {sentence.slice(at === 0 ? 0 : spans[at - 1]?.to, from)}
          <span
            className={
              understood
                ? 'underline decoration-ok decoration-2 underline-offset-4'
                : 'text-fail underline decoration-wavy underline-offset-4'
            }
          >
            {sentence.slice(from, to)}
            {!understood && <span className="sr-only"> (not understood)</span>}
          </span>
        </span>
      ))}
    </p>
  )
}

function Questions({ questions }: { questions: Found['questions'] }) {
  return questions.map(({ kind, text }) => (
    <p key={kind} className="text-xs text-muted">
      {text}
    </p>
  ))
}

function Meaning({ reading, timezone, onUse }: { reading: Reading } & Pick<Props, 'timezone' | 'onUse'>) {
  useRegion()
  const part = partOf(reading.definition)
  const first = reading.next[0]
  return (
    <div className="flex items-start justify-between gap-3 rounded-control border border-line bg-sunk px-3 py-2">
      <div className="min-w-0">
        <p className="break-words">{capitalized(reading.words)}</p>
        <Questions questions={reading.questions} />
        {first && (
          <p className="tnum text-xs text-muted">First at {momentIn(first, knownZone(part?.timezone ?? timezone))}</p>
        )}
        {reading.definition !== null && reading.definition !== undefined && !part && (
          <p className="text-xs text-muted">This form cannot hold it. Declare it in the pipeline’s file.</p>
        )}
      </div>
      {part && (
        <Button variant="quiet" onClick={() => onUse(part)}>
          Use it
        </Button>
      )}
    </div>
  )
}
