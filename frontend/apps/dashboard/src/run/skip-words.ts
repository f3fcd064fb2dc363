// Explains why a stage did not run. The journal has a code for each reason.

const words: Record<string, string> = {
  dependency: 'None of its dependencies produced a result.',
  branch: 'Its branch was not chosen.',
  not_needed: 'No error occurred, so there was nothing to catch.',
  scope_failed: 'Another stage in the same branch failed first.',
  not_selected: 'This run executes only one other stage.',
}

export const RUN_ENDED = 'The run ended before this stage started.'

/** An unknown reason of a later version gets a generic text instead of its code. */
export const skipWords = (reason: string | undefined): string =>
  reason === 'run_ended' ? RUN_ENDED : (words[reason ?? ''] ?? 'Its branch was not taken.')
