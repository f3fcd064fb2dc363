// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Edit, Outcome } from '../edits.ts'
import type { DraftSession } from '../session.ts'
import type { StageProblem } from './problem-places.ts'
import { StageForm } from './stage-form.tsx'

const property = (type: string, more: object = {}) => ({ type, ...more })
const component = (name: string, kind: string, properties: object, required: string[] = []) => ({
  name,
  kind,
  category: 'core',
  description: `What ${name} does.`,
  effect: 'PURE',
  inputSchema: { type: 'object', properties, required },
  outputSchema: { type: 'object', properties: { body: { description: 'The body.' } } },
})
const components = [
  component(
    'generator',
    'NODE',
    {
      prompt: property('string', { description: 'The prompt for the model.', 'x-synonyms': ['user_prompt'] }),
      temperature: property('number', { minimum: 0, maximum: 2, default: 0.7 }),
    },
    ['prompt'],
  ),
  component('http_request', 'OPERATOR', {
    method: { enum: ['GET', 'POST', null] },
    headers: { type: 'object', additionalProperties: true },
    follow: property('boolean'),
  }),
  component('foreach', 'CONTROL_FLOW', {
    loop_stages: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }, { type: 'null' }] },
  }),
  component('aggregate', 'OPERATOR', {
    rows: {
      type: 'array',
      items: {
        type: 'object',
        properties: { field: property('string'), alias: property('string') },
        required: ['field'],
      },
    },
  }),
]

vi.mock('../../lib/use-answer.ts', () => ({
  useAnswer: () => ({ data: { components }, problem: undefined, fetching: false, refetch: () => {} }),
}))
const readable = [
  { text: 'input', stage: null, about: 'The input of the run.' },
  { text: 'upstream.fetch', stage: 'fetch', about: '' },
  { text: 'upstream.fetch.body', stage: 'fetch', about: 'The body.' },
]
interface FilledAsked {
  texts?: { text: string; field: string | null }[]
  run?: string | null
}
/** What was asked about texts, in order. */
const asked: FilledAsked[] = []
const filledIn = ({ text }: { text: string }) => ({
  computed: true,
  value: text.includes('1 +') ? null : text.replaceAll(/\{\{.*?\}\}/g, 'Oslo'),
  json: false,
  truncated: false,
  missing: [],
  problem: text.includes('1 +')
    ? { message: 'The expression ends too early', suggestion: null, offset: 3, length: 1, inText: true }
    : null,
})
const answerTo = (variables: FilledAsked) => ({
  pipeline: { draft: { readable, filled: { run: { id: 'run_1' }, values: (variables.texts ?? []).map(filledIn) } } },
  runs: { edges: [{ node: { id: 'run_1', status: 'SUCCEEDED', finishedAt: null } }] },
  run: { stage: { output: { body: { days: [1, 2] } } } },
  modelProviders: [
    {
      name: 'acme',
      isDefault: true,
      scripted: false,
      defaultModel: 'small',
      models: [{ name: 'small', inputPriceUsd: 1, outputPriceUsd: 2 }],
    },
  ],
})
const query = (_: unknown, variables: FilledAsked) => {
  if (variables.texts) asked.push(variables)
  const data = answerTo(variables)
  return {
    toPromise: () => Promise.resolve({ data }),
    subscribe: (listener: (result: { data: typeof data }) => void) => {
      let open = true
      void Promise.resolve().then(() => open && listener({ data }))
      return { unsubscribe: () => void (open = false) }
    },
  }
}
vi.mock('../../api.ts', () => ({
  api: { plain: { query: (document: unknown, variables: FilledAsked) => query(document, variables) } },
}))

beforeEach(() => {
  vi.useFakeTimers()
  asked.length = 0
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

const stages = {
  sum: { id: 'sum', type: 'generator', depends_on: ['fetch'], config: { user_prompt: 'Hello', temperature: 1 } },
  fetch: { id: 'fetch', type: 'http-request', config: { method: 'POST', headers: { accept: 'text/html' } } },
  group: { id: 'group', type: 'aggregate', config: { rows: [{ field: 'a' }, { field: 'b' }] }, color: 'red' },
}
type Stages = Record<string, object>
const textOf = (all: Stages) =>
  JSON.stringify({ name: 'p', input_schema: { properties: { city: {} } }, stages: Object.values(all) })

const onSave = vi.fn<() => void>()

function show(stageId: string, problems: readonly StageProblem[] = [], first: Stages = stages) {
  const sent: (readonly Edit[])[] = []
  const answers: Outcome[] = []
  const happen = vi.fn<(event: object) => void>()
  const moveTo = vi.fn<(at: object) => void>()
  const session = {
    edit: (edits: readonly Edit[]) => {
      sent.push(edits)
      return Promise.resolve(answers.shift() ?? { ok: true })
    },
    happen,
    moveTo,
    flush: () => {},
  } as unknown as DraftSession
  const form = (all: Stages | string) => (
    <TipProvider>
      <StageForm
        session={session}
        pipelineId="pipe_1"
        stageId={stageId}
        source={typeof all === 'string' ? all : textOf(all)}
        problems={problems}
        onSave={onSave}
      />
    </TipProvider>
  )
  const { rerender } = render(form(first))
  return { sent, answers, happen, moveTo, become: (all: Stages | string) => rerender(form(all)) }
}

const wait = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms))
const field = (name: string | RegExp) => screen.getByLabelText<HTMLInputElement>(name)
const type = (element: HTMLElement, value: string) => {
  fireEvent.focus(element)
  fireEvent.change(element, { target: { value } })
}
const press = (name: string | RegExp) => fireEvent.click(screen.getByRole('button', { name }))
const describedBy = (element: HTMLElement) =>
  (element.getAttribute('aria-describedby') ?? '')
    .split(' ')
    .map((id) => document.querySelector(`[id="${id}"]`)?.textContent)
    .join(' ')

test('the fields are those of the component, with their values, help and marks', () => {
  show('sum')
  expect(field(/^Prompt/).value).toBe('Hello')
  expect(describedBy(field(/^Prompt/))).toContain('The prompt for the model.')
  expect(screen.getByText('user_prompt')).toBeTruthy()
  const settings = within(screen.getByRole('region', { name: 'Settings' }))
  const temperature = settings.getByLabelText<HTMLInputElement>('Temperature')
  expect(temperature.value).toBe('1')
  expect(temperature.placeholder).toBe('0.7')
  expect(screen.getByLabelText<HTMLSelectElement>('Component').value).toBe('generator')
  expect(screen.getByRole('region', { name: 'Model' })).toBeTruthy()
})

test('a change is sent once, after a pause, to the place where the file has the value', async () => {
  const { sent } = show('sum')
  type(field(/^Prompt/), 'Hello y')
  await wait(600)
  type(field(/^Prompt/), 'Hello you')
  await wait(600)
  expect(sent).toEqual([])
  await wait(200)
  expect(sent).toEqual([[{ op: 'setField', stage: 'sum', path: ['config', 'user_prompt'], value: 'Hello you' }]])
  fireEvent.blur(field(/^Prompt/))
  await wait(2000)
  expect(sent).toHaveLength(1)
})

test('leaving a field sends it at once, and an emptied field is removed', async () => {
  const { sent } = show('sum')
  const temperature = within(screen.getByRole('region', { name: 'Settings' })).getByLabelText('Temperature')
  type(temperature, '')
  fireEvent.blur(temperature)
  await wait(0)
  expect(sent).toEqual([[{ op: 'unsetField', stage: 'sum', path: ['config', 'temperature'] }]])
})

test('a value outside of its bounds is not sent, and says so at the field', async () => {
  const { sent } = show('sum')
  const temperature = within(screen.getByRole('region', { name: 'Settings' })).getByLabelText('Temperature')
  type(temperature, '7')
  await wait(800)
  expect(sent).toEqual([])
  expect(temperature.getAttribute('aria-invalid')).toBe('true')
  expect(describedBy(temperature)).toContain('This takes a number from 0 to 2.')
})

test('what others change appears, and what is typed here stays until somebody chooses', async () => {
  const { sent, become } = show('sum')
  become({ ...stages, sum: { ...stages.sum, config: { user_prompt: 'Theirs' } } })
  expect(field(/^Prompt/).value).toBe('Theirs')
  type(field(/^Prompt/), 'Mine')
  become({ ...stages, sum: { ...stages.sum, config: { user_prompt: 'Theirs too' } } })
  await wait(800)
  expect(field(/^Prompt/).value).toBe('Mine')
  expect(sent).toEqual([])
  expect(screen.getByText('Theirs too')).toBeTruthy()
  press('Keep mine')
  await wait(0)
  expect(sent).toEqual([[{ op: 'setField', stage: 'sum', path: ['config', 'user_prompt'], value: 'Mine' }]])
})

test('the value of somebody else can be taken instead', async () => {
  const { sent, become } = show('sum')
  type(field(/^Prompt/), 'Mine')
  become({ ...stages, sum: { ...stages.sum, config: { user_prompt: 'Theirs' } } })
  press('Take theirs')
  await wait(800)
  expect(field(/^Prompt/).value).toBe('Theirs')
  expect(sent).toEqual([])
})

test('a change elsewhere in the stage does not disturb what is typed', async () => {
  const { sent, become } = show('sum')
  type(field(/^Prompt/), 'Mine')
  become({ ...stages, sum: { ...stages.sum, config: { user_prompt: 'Hello', temperature: 0 } } })
  expect(field(/^Prompt/).value).toBe('Mine')
  expect(screen.queryByRole('button', { name: 'Keep mine' })).toBeNull()
  await wait(800)
  expect(sent).toHaveLength(1)
})

test('a refusal of the server is shown at its field', async () => {
  const { answers } = show('sum')
  answers.push({ ok: false, message: '`config` is no object.' })
  type(field(/^Prompt/), 'New')
  await wait(800)
  expect(field(/^Prompt/).value).toBe('New')
  expect(describedBy(field(/^Prompt/))).toContain('config is no object.')
})

test('a problem of the draft is shown at its field, and one without a field at the top', () => {
  const problem = { severity: 'ERROR', code: 'X', stage: 'sum', suggestion: null } as const
  show('sum', [
    { ...problem, path: '$.stages[9].config.user_prompt', message: 'No such path.' },
    { ...problem, path: '$.stages[9]', message: 'Something about the stage.' },
    { ...problem, path: '$.stages[0].config.method', stage: 'fetch', message: 'Of another stage.' },
  ])
  expect(describedBy(field(/^Prompt/))).toContain('No such path.')
  expect(field(/^Prompt/).getAttribute('aria-invalid')).toBe('true')
  expect(screen.getByText('Something about the stage.')).toBeTruthy()
  expect(screen.queryByText('Of another stage.')).toBeNull()
})

test('a choice is sent at once, and null is not among the options', async () => {
  const { sent } = show('fetch')
  const method = field('Method') as unknown as HTMLSelectElement
  expect([...method.options].map((each) => each.value)).toEqual(['', 'GET', 'POST'])
  fireEvent.change(method, { target: { value: 'GET' } })
  fireEvent.change(field('Follow'), { target: { value: 'true' } })
  await wait(0)
  expect(sent).toEqual([
    [{ op: 'setField', stage: 'fetch', path: ['config', 'method'], value: 'GET' }],
    [{ op: 'setField', stage: 'fetch', path: ['config', 'follow'], value: true }],
  ])
})

test('an object has fields with free names', async () => {
  const { sent } = show('fetch')
  type(field('accept'), 'text/plain')
  fireEvent.blur(field('accept'))
  type(field('Name of a new field of Headers'), 'x-id')
  press('Add a field to Headers')
  await wait(0)
  press('Remove accept from Headers')
  await wait(0)
  expect(sent).toEqual([
    [{ op: 'setField', stage: 'fetch', path: ['config', 'headers', 'accept'], value: 'text/plain' }],
    [{ op: 'setField', stage: 'fetch', path: ['config', 'headers', 'x-id'], value: '' }],
    [{ op: 'unsetField', stage: 'fetch', path: ['config', 'headers', 'accept'] }],
  ])
})

test('the items of a list of objects are changed, added, moved and removed', async () => {
  const { sent } = show('group')
  const second = within(screen.getByRole('group', { name: /^Rows, item 2/ }))
  type(second.getByLabelText(/^Alias/), 'bee')
  fireEvent.blur(second.getByLabelText(/^Alias/))
  await wait(0)
  press('Move Rows, item 2 up')
  await wait(0)
  press('Remove Rows, item 1')
  await wait(0)
  press('Add an item to Rows')
  await wait(0)
  const of = (path: (string | number)[], value: unknown) => ({ op: 'setField', stage: 'group', path, value })
  expect(sent).toEqual([
    [of(['config', 'rows', 1, 'alias'], 'bee')],
    [of(['config', 'rows', 0], { field: 'b' }), of(['config', 'rows', 1], { field: 'a' })],
    [{ op: 'unsetField', stage: 'group', path: ['config', 'rows', 0] }],
    [of(['config', 'rows', 2], { field: '' })],
  ])
})

test('what the component does not know stays, and is among the other fields', async () => {
  const { sent } = show('group')
  const others = within(screen.getByRole('region', { name: 'Other fields' }))
  expect(others.getByLabelText<HTMLTextAreaElement>('color').value).toBe('"red"')
  type(others.getByLabelText('color'), '"red')
  await wait(800)
  expect(sent).toEqual([])
  expect(describedBy(others.getByLabelText('color'))).toMatch(/Line 1, column 1/)
  press('Remove color')
  await wait(0)
  expect(sent).toEqual([[{ op: 'unsetField', stage: 'group', path: ['color'] }]])
})

test('a rename is sent with Enter, and the form follows it', async () => {
  const { sent, become } = show('fetch')
  const id = field('Id')
  type(id, 'load')
  await wait(2000)
  expect(sent).toEqual([])
  fireEvent.keyDown(id, { key: 'Enter' })
  become({ ...stages, fetch: { ...stages.fetch, id: 'load' } })
  await wait(0)
  expect(sent).toEqual([[{ op: 'renameStage', stage: 'fetch', to: 'load' }]])
  // The page still asks for the old id, and the field is the same one.
  expect(field('Id')).toBe(id)
  expect(id.value).toBe('load')
})

test('an id that another stage has is not sent', async () => {
  const { sent } = show('fetch')
  type(field('Id'), 'sum')
  fireEvent.blur(field('Id'))
  await wait(0)
  expect(sent).toEqual([])
  expect(describedBy(field('Id'))).toContain('There is already a stage sum.')
})

test('what a stage waits for is added and removed one by one', async () => {
  const { sent } = show('sum')
  press('No longer wait for fetch')
  await wait(0)
  fireEvent.change(field('Wait for another stage'), { target: { value: 'group' } })
  await wait(0)
  expect(sent).toEqual([
    [{ op: 'disconnect', stage: 'sum', on: 'fetch' }],
    [{ op: 'connect', stage: 'sum', on: 'group' }],
  ])
})

test('a template is completed with what can be read there', async () => {
  const { sent } = show('sum')
  const prompt = field(/^Prompt/) as unknown as HTMLTextAreaElement
  fireEvent.focus(prompt)
  fireEvent.change(prompt, { target: { value: '{{body', selectionStart: 6 } })
  await wait(400)
  const options = screen.getAllByRole('option').filter((each) => each.closest('[role="listbox"]'))
  expect(options.map((each) => each.querySelector('code')?.textContent)).toEqual(['upstream.fetch.body'])
  fireEvent.keyDown(prompt, { key: 'Enter' })
  expect(prompt.value).toBe('{{upstream.fetch.body}}')
  fireEvent.change(prompt, { target: { value: '{{upstream.fetch.body.', selectionStart: 22 } })
  await wait(400)
  expect(screen.getByText('upstream.fetch.body.days').parentElement?.textContent).toContain('a list of 2')
  fireEvent.change(prompt, { target: { value: '{{upstream.fetch.body}}', selectionStart: 23 } })
  await wait(800)
  expect(sent.at(-1)).toEqual([
    { op: 'setField', stage: 'sum', path: ['config', 'user_prompt'], value: '{{upstream.fetch.body}}' },
  ])
})

test('a template in place of a number, and a value that does not fit, can be changed as they are', () => {
  const config = { user_prompt: { a: 1 }, temperature: '{{input.t}}' }
  show('sum', [], { ...stages, sum: { ...stages.sum, config } })
  expect(field(/^Prompt/).value).toBe('{\n  "a": 1\n}')
  const settings = within(screen.getByRole('region', { name: 'Settings' }))
  expect(settings.getByLabelText<HTMLTextAreaElement>('Temperature').value).toBe('{{input.t}}')
  expect(settings.getByLabelText<HTMLSelectElement>('How Temperature is edited').value).toBe('Template')
})

test('while the text is not complete, the form shows the stage as it was and cannot be changed', () => {
  const { become } = show('sum')
  become('{"stages": [')
  expect(screen.getByText(/The text of the draft is not complete/)).toBeTruthy()
  expect(field(/^Prompt/).closest('fieldset')?.disabled).toBe(true)
  become({ fetch: stages.fetch })
  expect(screen.getByText('The stage is gone')).toBeTruthy()
})

test('Ctrl+Z undoes the last change of the draft, unless something is typed that is not in it', async () => {
  const { happen, moveTo } = show('sum')
  fireEvent.focus(field(/^Prompt/))
  expect(moveTo).toHaveBeenLastCalledWith({ stage: 'sum', field: 'config.user_prompt' })
  fireEvent.keyDown(field(/^Prompt/), { key: 'z', ctrlKey: true })
  expect(happen).toHaveBeenCalledWith({ type: 'wanted', step: 'undo' })
  type(field(/^Prompt/), 'Hello there')
  fireEvent.keyDown(field(/^Prompt/), { key: 'z', ctrlKey: true })
  expect(happen).toHaveBeenCalledTimes(1)
  await wait(800)
})

test('Ctrl+S sends what is typed, and then saves', async () => {
  const { sent } = show('sum')
  const prompt = field(/^Prompt/)
  prompt.focus()
  type(prompt, 'Hello there')
  fireEvent.keyDown(prompt, { key: 's', ctrlKey: true })
  expect(onSave).toHaveBeenCalledOnce()
  expect(sent).toHaveLength(1)
  await wait(0)
})

test('a list of stages suggests the other stages', () => {
  const each = { id: 'each', type: 'foreach', config: { loop_stages: ['sum'] } }
  show('each', [], { ...stages, each })
  const item = field('Loop stages, item 1')
  expect(item.value).toBe('sum')
  const words = [...(item.list?.querySelectorAll('option') ?? [])].map((option) => option.textContent)
  expect(words).toEqual(['sum', 'fetch', 'group'])
})

test('a template shows what it comes to, after a pause, and asks once for what is typed in between', async () => {
  show('sum')
  const prompt = field(/^Prompt/)
  type(prompt, 'In {{ input')
  await wait(300)
  type(prompt, 'In {{ input.city }}')
  await wait(600)
  expect(asked).toEqual([])
  await wait(200)
  expect(asked).toHaveLength(1)
  expect(asked[0]?.texts).toEqual([{ text: 'In {{ input.city }}', field: 'prompt' }])
  expect(screen.getByTestId('filled').textContent).toContain('In Oslo')
  expect(describedBy(prompt)).toContain('In Oslo')
  type(prompt, 'No template')
  expect(screen.queryByTestId('filled')).toBeNull()
})

test('an expression that is wrong says where, below its text', async () => {
  show('sum')
  type(field(/^Prompt/), '{{ 1 + }}')
  await wait(800)
  expect(screen.getByTestId('filled').textContent).toContain('Column 4: The expression ends too early')
})

test('the run whose values are shown can be chosen, and values turned off', async () => {
  show('sum')
  type(field(/^Prompt/), '{{ input.city }}')
  await wait(800)
  const choice = screen.getByLabelText<HTMLSelectElement>('Templates filled in with')
  expect(asked.at(-1)?.run).toBeNull()
  fireEvent.change(choice, { target: { value: 'run_1' } })
  await wait(800)
  expect(asked.at(-1)?.run).toBe('run_1')
  fireEvent.change(choice, { target: { value: 'none' } })
  await wait(0)
  expect(screen.queryByTestId('filled')).toBeNull()
})

test('a problem with an obvious fix has a button that makes it', async () => {
  const fix = { label: 'Wait for fetch', edits: [{ op: 'connect', stage: 'sum', on: 'fetch' }] as const }
  const problem: StageProblem = {
    severity: 'ERROR',
    code: 'MISSING_DEPENDENCY',
    message: 'sum reads fetch',
    suggestion: null,
    path: '$.stages[0].config.user_prompt',
    stage: 'sum',
    fix,
  }
  const { sent } = show('sum', [problem])
  press('Wait for fetch')
  await wait(0)
  expect(sent).toEqual([fix.edits])
})

test('a model is offered with its price, and any other can be typed', async () => {
  show('sum')
  await wait(0)
  const model = within(screen.getByRole('region', { name: 'Model' })).getByLabelText<HTMLInputElement>('Model')
  const option = document.querySelector<HTMLOptionElement>('option[value="small"]')
  expect(option?.textContent).toBe('The default, $1.00 in, $2.00 out per million tokens')
  type(model, 'small')
  expect(screen.getByText(/\$2\.00 out per million tokens/, { selector: 'p' })).toBeTruthy()
  type(model, 'another')
  expect(screen.queryByText(/per million tokens/, { selector: 'p' })).toBeNull()
})
