// Commands to be pasted into a POSIX shell.

/** One word of a shell line, quoted where the shell would read it as something else. */
export const shellWord = (text: string): string =>
  text !== '' && /^[\w@%+=:,./-]+$/.test(text) && !text.startsWith('-')
    ? text
    : `'${text.replaceAll("'", String.raw`'\''`)}'`

/** A file in this folder, as a word: one that begins with a dash is no option. */
const fileWord = (name: string): string => shellWord(name.startsWith('-') ? `./${name}` : name)

/**
 * The same run from a terminal, with the files as the dashboard downloads them; an input that is too long for a command
 * line is read from its file.
 */
export function runCommand(file: string, input: { value: unknown } | { file: string }): string {
  const given =
    'file' in input ? `--input-file ${fileWord(input.file)}` : `--input ${shellWord(JSON.stringify(input.value ?? {}))}`
  return `flowmason run ${fileWord(file)} ${given}`
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
