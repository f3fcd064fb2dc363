// Builds commands for a POSIX shell.

/** One shell word, quoted if the shell would interpret it otherwise. */
export const shellWord = (text: string): string =>
  text !== '' && /^[\w@%+=:,./-]+$/.test(text) && !text.startsWith('-')
    ? text
    : `'${text.replaceAll("'", String.raw`'\''`)}'`

/** A file in the current folder as a shell word that is never read as an option. */
const fileWord = (name: string): string => shellWord(name.startsWith('-') ? `./${name}` : name)

/**
 * The command for the same run in a terminal, with the file names that the dashboard uses for downloads. An input that
 * is too long for a command line is read from its file.
 */
export function runCommand(file: string, input: { value: unknown } | { file: string }): string {
  const given =
    'file' in input ? `--input-file ${fileWord(input.file)}` : `--input ${shellWord(JSON.stringify(input.value ?? {}))}`
  return `flowmason run ${fileWord(file)} ${given}`
}

/** A request to the API with curl, with the key in a variable to keep it out of the shell's history. */
export function curlCommand(origin: string, query: string, variables?: object): string {
  const body = JSON.stringify(variables ? { query, variables } : { query })
  return [
    `curl ${shellWord(`${origin}/graphql`)}`,
    '-H "Authorization: Bearer $FLOWMASON_API_KEY"',
    "-H 'Content-Type: application/json'",
    `--data ${shellWord(body)}`,
  ].join(' \\\n  ')
}
