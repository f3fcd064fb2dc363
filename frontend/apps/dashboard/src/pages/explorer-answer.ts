// Asks the server for the API explorer, and distinguishes the reasons why it cannot be opened.

export type ExplorerAnswer = 'open' | 'unreachable' | 'failed' | 'refused' | 'missing'

export async function askForExplorer(address: string): Promise<ExplorerAnswer> {
  let answer: Response
  try {
    answer = await fetch(address, { headers: { accept: 'text/html' } })
  } catch {
    return 'unreachable'
  }
  if (answer.ok) return (answer.headers.get('content-type') ?? '').startsWith('text/html') ? 'open' : 'missing'
  if (answer.status === 404 || answer.status === 405) return 'missing'
  return answer.status >= 500 ? 'failed' : 'refused'
}
