// Components, examples, and the validation of a file.

import * as documents from '../documents.ts'
import { readSource } from '../language.ts'
import type { Mock } from './shared.ts'

export const examples = [
  { name: 'support-inbox', title: 'Support inbox', needsKey: false, document: documents.supportInbox },
  { name: 'dependency-report', title: 'Dependency report', needsKey: false, document: documents.dependencyReport },
].map(({ document, ...each }) => ({
  ...each,
  description: document.description,
  source: `${JSON.stringify(document, null, 2)}\n`,
  sampleInput: document.sample_input,
}))

const component = (
  name: string,
  kind: string,
  effect: string,
  description: string,
  properties: Record<string, object> = {},
) => ({
  name,
  kind,
  category: kind.toLowerCase(),
  effect,
  description,
  inputSchema: { type: 'object', properties, required: Object.keys(properties).slice(0, 1) },
  outputSchema: { type: 'object', properties: { result: { description: 'What came out.' } } },
})

const components = [
  component('generator', 'NODE', 'CALL', 'Writes with a model.\nThe text arrives as it is written.', {
    prompt: { type: 'string', description: 'What the model is asked.' },
    system_prompt: { type: 'string', description: 'How it should behave.' },
    temperature: { type: 'number', default: 0.7 },
  }),
  component('critic', 'NODE', 'CALL', 'Judges a text against criteria.', {
    content: { type: 'string' },
    criteria: { type: 'array' },
  }),
  component('json_transform', 'OPERATOR', 'PURE', 'Reshapes data.', {
    data: { description: 'What is reshaped.' },
    expression: { type: 'string' },
  }),
  component('filter', 'OPERATOR', 'PURE', 'Lets items through or stops them.', { items: { type: 'array' } }),
  component('aggregate', 'OPERATOR', 'PURE', 'Groups and sums.', { items: { type: 'array' } }),
  component('http_request', 'OPERATOR', 'EFFECT', 'Calls a service.', {
    url: { type: 'string' },
    method: { enum: ['GET', 'POST'], default: 'GET' },
  }),
  component('logger', 'OPERATOR', 'PURE', 'Writes a line to the log of the run.', { message: { type: 'string' } }),
  component('foreach', 'CONTROL_FLOW', 'PURE', 'Runs its stages once per item.', {
    items: { type: 'array' },
    loop_stages: { type: 'array' },
  }),
  component('router', 'CONTROL_FLOW', 'PURE', 'Takes one of several routes.', { value: { type: 'string' } }),
  component('conditional', 'CONTROL_FLOW', 'PURE', 'Takes one of two branches.', { condition: { type: 'string' } }),
  component('trycatch', 'CONTROL_FLOW', 'PURE', 'Catches failures of its stages.', { try_stages: { type: 'array' } }),
]

export const catalogue = ({ wait }: Mock) => ({
  components: () => components,
  modelProviders: () => [
    {
      __typename: 'ModelProvider',
      name: 'openai',
      isDefault: true,
      scripted: false,
      defaultModel: 'gpt-4o-mini',
      models: [{ name: 'gpt-4o-mini', inputPriceUsd: 0.15, outputPriceUsd: 0.6 }],
    },
  ],
  examples: async () => (await wait(), examples),
  validatePipeline: ({ source }: { source: string }) => {
    const { problems, stages, valid } = readSource(source)
    return { valid, problems, stages }
  },
})
