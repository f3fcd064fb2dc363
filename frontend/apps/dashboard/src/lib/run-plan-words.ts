// What a run will do, in lines: requests, models, what a crash repeats, what it reads, and how long it can take.

import type { RunPlanFieldsFragment, RunPlanQuery } from '@flowmason/graphql/publishing'
import { formatDuration } from '@flowmason/ui'
import { money } from './money.ts'
import { count } from './words.ts'

/** A part of the plan. Text between backticks is code. */
export interface PlanPart {
  title: string
  lines: string[]
}

type Request = RunPlanFieldsFragment['requests'][number]
type Model = RunPlanFieldsFragment['models'][number]
type Rule = RunPlanFieldsFragment['afterCrash'][number]['rule']

const requestLine = ({ stage, method, methodDecidedBy, host, hostDecidedBy, often }: Request): string => {
  const how = method ?? `A method decided at run time by \`${methodDecidedBy ?? ''}\`:`
  const where = host ?? `a host decided at run time by \`${hostDecidedBy ?? ''}\``
  return `${how} ${where} (\`${stage}\`, ${often.text})`
}

const modelCost = (model: Model): string => {
  if (model.scripted) return 'answers from a file'
  if (typeof model.costAtMostUsd === 'number') return `at most ${money(model.costAtMostUsd)}`
  if (typeof model.costPerCallUsd === 'number')
    return `at most ${money(model.costPerCallUsd)} a call${model.tokensInOpen ? ', without what templates insert' : ''}`
  return 'cost unknown'
}

const modelLine = (model: Model): string => {
  const name = model.model ?? 'The default model'
  const of = model.provider ? ` of ${model.provider}` : ''
  const more = model.tokensInOpen ? ' plus what templates insert' : ''
  const most = model.tokensOut
  const out = typeof most === 'number' ? `at most ${most.toLocaleString('en')} out` : 'out not limited'
  const tokens = `about ${count(model.tokensIn, 'token')} in${more}, ${out}`
  return `${name}${of} (\`${model.stage}\`, ${model.often.text}): ${tokens}; ${modelCost(model)}`
}

/** The cost of all models, if there are several. */
const totalLines = ({ models, costAtMostUsd: total }: RunPlanFieldsFragment): string[] =>
  models.length < 2 ? [] : [`In all: ${typeof total === 'number' ? `at most ${money(total)}` : 'cost unknown'}`]

const ruleWords: Record<Rule, string> = {
  AT_MOST_ONCE: 'Run at most once; if a crash interrupts one, it fails',
  REPEATED_WITH_SAME_KEY: 'Repeated with the same idempotency key',
  CALLED_AGAIN: 'The model is called again, which counts as another call',
  READ_AGAIN: 'Read again',
}

/** `a`, `b` and 3 more. */
const MAX_STAGES = 8
const list = (names: readonly string[]): string => {
  const shown = names.slice(0, MAX_STAGES).map((name) => `\`${name}\``)
  const more = names.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

const crashLines = (plan: RunPlanFieldsFragment): string[] =>
  (Object.keys(ruleWords) as Rule[]).flatMap((rule) => {
    const stages = plan.afterCrash.filter((one) => one.rule === rule).map((one) => one.stage)
    return stages.length === 0 ? [] : [`${ruleWords[rule]}: ${list(stages)}`]
  })

const readLines = (plan: RunPlanFieldsFragment): string[] => [
  ...(plan.readsWholeInput ? ['The input as a whole'] : []),
  ...(plan.inputFields.length > 0 ? [`Fields of the input: ${list(plan.inputFields)}`] : []),
  ...(plan.environmentVariables.length > 0
    ? [`Environment variables, which runs on a server refuse: ${list(plan.environmentVariables)}`]
    : []),
]

const timeLines = ({ longestPath: path }: RunPlanFieldsFragment): string[] => {
  if (!path) return []
  const time = formatDuration(path.atMostSeconds * 1000)
  const open = path.open.map(({ stage, atMostSeconds }) =>
    atMostSeconds === 0
      ? `\`${stage}\` sleeps for a time decided at run time`
      : `\`${stage}\` takes at most ${formatDuration(atMostSeconds * 1000)} per item`,
  )
  const limit = path.runTimeoutSeconds
  return [
    `${count(path.stageCount, 'stage')} in sequence, at most ${time}${open.length > 0 ? ' and what follows' : ''}`,
    ...open,
    ...(typeof limit === 'number' ? [`The run ends after ${formatDuration(limit * 1000)}`] : []),
  ]
}

/** The plan in parts; parts about which there is nothing to say are left out. */
export const planParts = (plan: RunPlanFieldsFragment): PlanPart[] =>
  [
    { title: 'Requests', lines: plan.requests.map(requestLine) },
    { title: 'Models', lines: [...plan.models.map(modelLine), ...totalLines(plan)] },
    { title: 'After a crash', lines: crashLines(plan) },
    { title: 'Reads', lines: readLines(plan) },
    { title: 'Time', lines: timeLines(plan) },
  ].filter((part) => part.lines.length > 0)

/** What the last run used, to compare with; nothing if it is not over or called no model. */
export const lastRunWords = (run: RunPlanQuery['pipeline']['lastRun']): string | undefined => {
  if (!run?.finishedAt || run.usage.calls === 0) return undefined
  const { calls, promptTokens, completionTokens, costUsd } = run.usage
  const known = typeof promptTokens === 'number' && typeof completionTokens === 'number'
  const tokens = known
    ? `${promptTokens.toLocaleString('en')} tokens in, ${completionTokens.toLocaleString('en')} out`
    : 'tokens unknown'
  const cost = typeof costUsd === 'number' ? money(costUsd) : 'cost unknown'
  return `The last run: ${count(calls, 'model call')}, ${tokens}, ${cost}.`
}
