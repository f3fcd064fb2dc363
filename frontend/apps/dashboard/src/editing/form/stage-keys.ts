// The keys of a stage besides its id, its component and the inputs of the component, as a schema.

import { type FieldSpec, fieldsOf } from './schema.ts'

const DAY_MS = 86_400_000
const delay = { type: 'integer', minimum: 0, maximum: DAY_MS }

const about = {
  type: 'object',
  properties: {
    name: { type: 'string', description: 'Shown to people in place of the id.' },
    description: { type: 'string', format: 'textarea', description: 'What the stage is for.' },
  },
}

const reliability = {
  type: 'object',
  properties: {
    retry_config: {
      type: 'object',
      title: 'Retry',
      description: 'How often a failed attempt is repeated, and after which delays.',
      additionalProperties: false,
      properties: {
        max_retries: {
          type: 'integer',
          minimum: 0,
          maximum: 10,
          default: 3,
          description: 'The number of attempts after the first.',
        },
        initial_delay_ms: {
          ...delay,
          default: 1000,
          'x-synonyms': ['backoff_ms'],
          description: 'The delay before the second attempt, in milliseconds.',
        },
        max_delay_ms: { ...delay, default: 30_000, description: 'The longest delay, in milliseconds.' },
        backoff_multiplier: {
          type: 'number',
          minimum: 1,
          maximum: 5,
          default: 2,
          description: 'The factor from one delay to the next.',
        },
      },
    },
    timeout_ms: {
      ...delay,
      title: 'Timeout',
      description: 'The time limit of one attempt, in milliseconds. Without it, that of the component.',
    },
    on_error: {
      enum: ['fail', 'continue', 'skip', 'retry'],
      default: 'fail',
      description:
        'What a final failure means: the run fails, it continues with null, or the stages that wait for this one are skipped.',
    },
  },
}

const model = {
  type: 'object',
  properties: {
    provider: { type: 'string', description: 'The provider, by its name in the configuration.' },
    model: { type: 'string', description: 'The model. Without it, that of the provider.' },
    temperature: { type: 'number', minimum: 0, maximum: 2, description: 'The sampling temperature, 0 to 2.' },
    max_tokens: {
      type: 'integer',
      minimum: 1,
      maximum: 4_294_967_295,
      description: 'The maximum length of the answer, in tokens.',
    },
    top_p: { type: 'number', minimum: 0, maximum: 1, description: 'The probability mass of nucleus sampling.' },
    stop_sequences: { type: 'array', items: { type: 'string' }, description: 'Texts at which the answer ends.' },
  },
}

export const aboutFields: readonly FieldSpec[] = fieldsOf(about)
export const reliabilityFields: readonly FieldSpec[] = fieldsOf(reliability)
/** The fields of `llm_settings`. */
export const modelFields: readonly FieldSpec[] = fieldsOf(model)

/** The keys that have fields of their own. */
export const OWN_KEYS = [...aboutFields, ...reliabilityFields].map((spec) => spec.key).concat('depends_on')
