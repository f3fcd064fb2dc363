// What is offered in fields that name something: providers, models, stages. Anything else can be typed, too.

import type { ModelProvidersQuery } from '@flowmason/graphql/editing'

export interface Suggestion {
  word: string
  /** What is known of it. */
  about?: string | undefined
}

export type ModelProvider = ModelProvidersQuery['modelProviders'][number]

export const plainWords = (words: readonly string[]): readonly Suggestion[] => words.map((word) => ({ word }))

export const providerWords = (providers: readonly ModelProvider[]): readonly Suggestion[] =>
  providers.map(({ name, isDefault, scripted, defaultModel }) => {
    const known = [
      isDefault && 'the default',
      scripted && 'scripted answers',
      defaultModel && `model ${defaultModel} unless another is named`,
    ].filter(Boolean)
    return { word: name, about: known.length > 0 ? sentence(known.join(', ')) : undefined }
  })

/** The models of the provider that the stage uses, those that are known first, and those of other stages. */
export function modelWords(
  providers: readonly ModelProvider[],
  chosen: unknown,
  others: readonly string[],
): readonly Suggestion[] {
  const named = typeof chosen === 'string' && chosen !== '' ? chosen : undefined
  const provider = providers.find((each) => (named === undefined ? each.isDefault : each.name === named))
  const words = (provider?.models ?? []).map(({ name, inputPriceUsd, outputPriceUsd }) => ({
    word: name,
    about: aboutModel(name === provider?.defaultModel, inputPriceUsd, outputPriceUsd),
  }))
  const known = new Set(words.map(({ word }) => word))
  return [...words, ...plainWords(others.filter((model) => !known.has(model)))]
}

function aboutModel(isDefault: boolean, input: number | null | undefined, output: number | null | undefined) {
  const price =
    typeof input === 'number' && typeof output === 'number'
      ? `${dollars(input)} in, ${dollars(output)} out per million tokens`
      : undefined
  const known = [isDefault && 'the default', price].filter(Boolean)
  return known.length > 0 ? sentence(known.join(', ')) : undefined
}

const dollars = (amount: number): string => `$${amount.toFixed(amount < 0.1 ? 3 : 2)}`

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
