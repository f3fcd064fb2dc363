// What is said about the co-pilot and its answers.

import type { CopilotSettingsFieldsFragment, CopilotTask, ExchangeFieldsFragment } from '@flowmason/graphql/editing'
import { money } from '../lib/money.ts'
import { count } from '../lib/words.ts'

export interface TaskWords {
  task: CopilotTask
  label: string
  /** What the field is for. */
  hint: string
  /** What is asked if nothing is typed; without it, something has to be typed. */
  otherwise?: string
}

export const tasks: readonly TaskWords[] = [
  { task: 'SUGGEST', label: 'Suggest a change', hint: 'What should change?' },
  {
    task: 'EXPLAIN',
    label: 'Explain',
    hint: 'What should be explained? Empty: the whole pipeline.',
    otherwise: 'Explain what this pipeline does.',
  },
  { task: 'GENERATE', label: 'Generate', hint: 'What should the pipeline do?' },
  {
    task: 'DEBUG',
    label: 'Debug a failed run',
    hint: 'What do you know about the failure? May be empty.',
    otherwise: 'Find out why the run failed, and mend it.',
  },
  {
    task: 'OPTIMIZE',
    label: 'Optimize',
    hint: 'What matters: time, cost, or both? May be empty.',
    otherwise: 'Make the pipeline faster and cheaper, with the same results.',
  },
  { task: 'CHAT', label: 'Chat', hint: 'What do you want to know?' },
]

export const wordsOf = (task: CopilotTask): TaskWords =>
  tasks.find((each) => each.task === task) ?? { task, label: task.toLowerCase(), hint: '' }

/** What is sent for what was typed; undefined if something has to be typed first. */
export const requestOf = (task: CopilotTask, typed: string): string | undefined =>
  typed.trim() || wordsOf(task).otherwise

/** The provider that every server has: it only has the answers of the examples. */
const OF_EXAMPLES = 'scripted'

/** Whether the server has no model that could be asked. */
export const isWithoutModel = ({ enabled, providers }: Pick<CopilotSettingsFieldsFragment, 'enabled' | 'providers'>) =>
  !enabled && providers.every((name) => name === OF_EXAMPLES)

type Usage = Pick<ExchangeFieldsFragment, 'state' | 'provider' | 'model' | 'inputTokens' | 'outputTokens' | 'costUsd'>

/** `anthropic, large-1 · 1,204 tokens in, 300 out · $0.0021`; empty if nothing is known. */
export function usageWords({ state, provider, model, inputTokens, outputTokens, costUsd }: Usage): string {
  const parts = [[provider, model].filter(Boolean).join(', ')]
  if (state === 'WRITING') return [...parts, 'the cost is shown at the end'].filter(Boolean).join(' · ')
  if (typeof inputTokens === 'number' || typeof outputTokens === 'number')
    parts.push(`${count(inputTokens ?? 0, 'token')} in, ${(outputTokens ?? 0).toLocaleString('en')} out`)
  parts.push(typeof costUsd === 'number' ? money(costUsd) : 'cost unknown')
  return parts.filter(Boolean).join(' · ')
}
