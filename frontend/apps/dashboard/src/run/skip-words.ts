// Why a stage did not run, in words. The journal has a code for each reason.

const words: Record<string, string> = {
  dependency: 'None of the stages that it depends on has a result.',
  branch: 'Its branch was not chosen.',
  not_needed: 'Nothing had to be caught.',
  scope_failed: 'A stage beside it failed first.',
  not_selected: 'The run is for one other stage.',
}

export const RUN_ENDED = 'The run ended before this stage started.'

/** A reason of a later version has no words here, and its code says nothing to a person. */
export const skipWords = (reason: string | undefined): string =>
  reason === 'run_ended' ? RUN_ENDED : (words[reason ?? ''] ?? 'The path to it was not taken.')
