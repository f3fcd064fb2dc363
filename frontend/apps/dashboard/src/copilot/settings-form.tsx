// The form of the organization's setting for the co-pilot.

import { type FormEvent, useState } from 'react'
import { Bot } from 'lucide-react'
import { Button, ErrorPanel, Field, Input, Note, Select, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import type { RequestProblem } from '../lib/request.ts'
import type { Settings } from './link.ts'
import { isWithoutModel } from './words.ts'

const LABEL = 'Members may ask the co-pilot'

interface Chosen {
  enabled: boolean
  provider: string | null
  model: string | null
  dailyBudgetUsd: number | null
}

interface FormProps {
  settings: Settings
  onSave: (chosen: Chosen) => Promise<{ data: Settings } | { problem: RequestProblem }>
}

export function SettingsForm({ settings, onSave }: FormProps) {
  const { providers } = settings
  const [enabled, setEnabled] = useState(settings.enabled)
  const [provider, setProvider] = useState(settings.provider ?? '')
  const [model, setModel] = useState(settings.model ?? '')
  const [budget, setBudget] = useState(inField(settings.dailyBudgetUsd))
  const [wrong, setWrong] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<RequestProblem>()
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const dailyBudgetUsd = dollarsOf(budget)
    setWrong(dailyBudgetUsd === undefined)
    if (dailyBudgetUsd === undefined) return
    setBusy(true)
    setProblem(undefined)
    const answer = await onSave({ enabled, provider: provider || null, model: model.trim() || null, dailyBudgetUsd })
    setBusy(false)
    if ('problem' in answer) return setProblem(answer.problem)
    setEnabled(answer.data.enabled)
    setProvider(answer.data.provider ?? '')
    setModel(answer.data.model ?? '')
    setBudget(inField(answer.data.dailyBudgetUsd))
    toast('Saved.')
  }
  // One that the server had, and has no longer, can be seen and replaced.
  const listed = provider === '' || providers.includes(provider) ? providers : [...providers, provider]
  const at = (field: string) => (problem?.field === field ? <Ticked text={problem.message} /> : undefined)
  const rest = problem && !['provider', 'model', 'dailyBudgetUsd'].includes(problem.field ?? '')
  return (
    <form noValidate aria-label="Co-pilot" onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
      {isWithoutModel(settings) && (
        <Note icon={<Bot size={14} aria-hidden="true" />}>
          This server has no provider of models. Whoever operates it adds one under <code>providers</code> in the
          server’s <code>flowmason.toml</code>. Until then, the co-pilot shows what is known without a model.
        </Note>
      )}
      <label aria-label={LABEL} className="flex items-start gap-3">
        <input
          type="checkbox"
          checked={enabled}
          onChange={(event) => setEnabled(event.target.checked)}
          className="mt-0.5 size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5"
        />
        <span>
          <span className="font-medium">{LABEL}</span>
          <span className="block text-xs text-muted">
            The model is given the draft, and a failed run if somebody chooses one; never a secret’s value. Each
            exchange is in the audit log.
          </span>
        </span>
      </label>
      {listed.length > 0 && (
        <>
          <Field label="Provider" error={at('provider')}>
            {(ids) => (
              <Select {...ids} value={provider} onChange={(event) => setProvider(event.target.value)}>
                <option value="">The server’s default</option>
                {listed.map((name) => (
                  <option key={name} value={name}>
                    {name}
                    {providers.includes(name) ? '' : ' (no longer there)'}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Model" hint="Empty: the provider’s default." error={at('model')}>
            {(ids) => (
              <Input {...ids} value={model} autoComplete="off" onChange={(event) => setModel(event.target.value)} />
            )}
          </Field>
          <Field
            label="Budget of 24 hours, in dollars"
            hint="Empty: no limit. Exchanges of unknown cost do not count."
            error={wrong ? 'Enter an amount from 0 to 1,000,000, or nothing.' : at('dailyBudgetUsd')}
          >
            {(ids) => (
              <Input
                {...ids}
                value={budget}
                inputMode="decimal"
                autoComplete="off"
                onChange={(event) => setBudget(event.target.value)}
              />
            )}
          </Field>
        </>
      )}
      {rest && <ErrorPanel title="Your changes were not saved" problem={problem} />}
      <div>
        <Button type="submit" busy={busy}>
          Save
        </Button>
      </div>
    </form>
  )
}

const inField = (dollars: number | null | undefined): string => (typeof dollars === 'number' ? String(dollars) : '')

const MOST_DOLLARS = 1_000_000

/** Null if there is no amount, undefined if it is none. */
function dollarsOf(text: string): number | null | undefined {
  if (text.trim() === '') return null
  const dollars = Number(text)
  return dollars >= 0 && dollars <= MOST_DOLLARS ? dollars : undefined
}
