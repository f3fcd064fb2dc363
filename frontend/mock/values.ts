// Values of runs as the server returns them: whole up to a size, beyond it in pages and as a download.

const WHOLE = 1024 * 1024
const IN_EVENTS = 64 * 1024

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value ?? null))

export function runValue(value: unknown, address: string) {
  if (value === undefined || value === null) return null
  const bytes = bytesOf(value)
  return {
    bytes: bytes.length,
    mediaType: 'application/json',
    truncated: bytes.length > WHOLE,
    preview: bytes.subarray(0, 160).toString(),
    downloadUrl: address,
    text: ({ offset, length }: { offset: number; length: number }) => {
      const edge = (at: number) => {
        while (at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80) at++
        return Math.min(at, bytes.length)
      }
      const to = edge(offset + length)
      return {
        text: bytes.subarray(edge(offset), to).toString(),
        nextOffset: to < bytes.length ? to : null,
      }
    },
  }
}

/** The value itself, unless it is too long for a response. */
export const wholeValue = (value: unknown) => (bytesOf(value).length > WHOLE ? null : (value ?? null))

/** The body of an event, with values that are too long omitted and marked. */
export function cutBody(body: Record<string, unknown>): Record<string, unknown> {
  const cut: Record<string, unknown> = {}
  for (const part of ['input', 'output']) {
    const value = body[part]
    if (value === undefined || value === null) continue
    const bytes = bytesOf(value)
    if (bytes.length > IN_EVENTS)
      cut[part] = {
        bytes: bytes.length,
        mediaType: 'application/json',
        preview: bytes.subarray(0, 160).toString(),
      }
  }
  if (Object.keys(cut).length === 0) return body
  return { ...body, ...Object.fromEntries(Object.keys(cut).map((part) => [part, null])), truncated: cut }
}
