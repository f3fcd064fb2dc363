// Ids for new stages.

/** `generator`, `generator-2`, … – the first that is free. */
export function freshId(wanted: string, taken: { has: (id: string) => boolean }): string {
  if (!taken.has(wanted)) return wanted
  const stem = wanted.replace(/-\d+$/, '') || wanted
  let number = 2
  while (taken.has(`${stem}-${number}`)) number += 1
  return `${stem}-${number}`
}
