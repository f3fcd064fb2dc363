// Commands to be pasted into a POSIX shell.

/** One word of a shell line, quoted where the shell would read it as something else. */
export const shellWord = (text: string): string =>
  text !== '' && /^[\w@%+=:,./-]+$/.test(text) && !text.startsWith('-')
    ? text
    : `'${text.replaceAll("'", String.raw`'\''`)}'`

/**
 * The same run from a terminal, with the file that the pipeline's name suggests; an input that is too long for a
 * command line is read from a file.
 */
export function runCommand(pipeline: string, input: { value: unknown } | undefined): string {
  const file = `${pipeline.replaceAll(/[/\0]/g, '-')}.pipeline.json`
  const given = input ? `--input ${shellWord(JSON.stringify(input.value ?? {}))}` : '--input-file input.json'
  return `flowmason run ${shellWord(file.startsWith('-') ? `./${file}` : file)} ${given}`
}

/** A start by the API, with the key in a variable so that it stays out of the shell's history. */
export function curlCommand(origin: string, query: string, variables?: object): string {
  const body = JSON.stringify(variables ? { query, variables } : { query })
  return [
    `curl ${shellWord(`${origin}/graphql`)}`,
    '-H "Authorization: Bearer $FLOWMASON_API_KEY"',
    "-H 'Content-Type: application/json'",
    `--data ${shellWord(body)}`,
  ].join(' \\\n  ')
}
