import { act, renderHook, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useFileInput } from './use-file-input.ts'

const { uploadFile, query } = vi.hoisted(() => ({
  uploadFile: vi.fn<(file: File) => Promise<object>>(),
  query: vi.fn<(document: unknown, variables: { upload: string }) => object>(),
}))
vi.mock('@flowmason/graphql', () => ({ uploadFile, PreviewInputDocument: {}, toProblem: (error: unknown) => error }))
vi.mock('../api.ts', () => ({ api: { plain: { query } } }))

const first = new File(['{}'], 'first.json')
const second = new File(['[]'], 'second.json')
const names = () => uploadFile.mock.calls.map(([file]) => file.name)
const previewOf = (upload: string) => ({ data: { previewInput: { start: upload } } })

beforeEach(() => {
  let sent = 0
  uploadFile.mockImplementation(async (file) => ({ id: `${file.name} ${++sent}` }))
  query.mockImplementation((_, { upload }) => ({
    toPromise: async () => previewOf(upload),
  }))
})
afterEach(() => vi.resetAllMocks())

async function withFile(file: File) {
  const { result } = renderHook(() => useFileInput())
  act(() => result.current.take(file))
  await waitFor(() => expect(result.current.busy).toBe(false))
  const send = async () => {
    let id: string | undefined
    await act(async () => {
      id = await result.current.send()
    })
    return id
  }
  return { result, send }
}

test('a file is uploaded once, when it is chosen; the start uses that upload', async () => {
  const { result, send } = await withFile(first)
  expect(result.current.preview).toEqual({ start: 'first.json 1' })
  expect(await send()).toBe('first.json 1')
  expect(await send()).toBe('first.json 1')
  expect(names()).toEqual(['first.json'])
})

test('a second file chosen meanwhile replaces the first, whose response is ignored', async () => {
  let answer: (upload: { id: string }) => void = () => {}
  uploadFile.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)))
  const { result } = renderHook(() => useFileInput())
  act(() => result.current.take(first))
  expect(result.current.busy).toBe(true)
  act(() => result.current.take(second))
  await waitFor(() => expect(result.current.busy).toBe(false))
  await act(async () => answer({ id: 'late' }))
  expect(result.current.file).toBe(second)
  expect(result.current.preview).toEqual({ start: 'second.json 1' })
  expect(result.current.failed).toBeUndefined()
  expect(query).toHaveBeenCalledTimes(1)
  await act(async () => expect(await result.current.send()).toBe('second.json 1'))
  expect(names()).toEqual(['first.json', 'second.json'])
})

test('a preview that arrives after a second file was chosen is ignored', async () => {
  let answer: (result: unknown) => void = () => {}
  query.mockImplementationOnce(() => ({ toPromise: () => new Promise((resolve) => (answer = resolve)) }))
  const { result } = renderHook(() => useFileInput())
  act(() => result.current.take(first))
  await waitFor(() => expect(query).toHaveBeenCalledTimes(1))
  act(() => result.current.take(second))
  await waitFor(() => expect(result.current.busy).toBe(false))
  await act(async () => answer(previewOf('late')))
  expect(result.current.preview).toEqual({ start: 'second.json 2' })
})

test.each(['INVALID_INPUT', 'RATE_LIMITED', 'OFFLINE'])('a start refused with %s keeps the upload', async (code) => {
  const { result, send } = await withFile(first)
  act(() => result.current.refused({ message: 'No.', code }))
  expect(await send()).toBe('first.json 1')
  expect(names()).toEqual(['first.json'])
})

test.each(['UPLOAD_EXPIRED', 'NOT_FOUND'])('after a start refused with %s the file is uploaded again', async (code) => {
  const { result, send } = await withFile(first)
  act(() => result.current.refused({ message: 'It is gone.', code }))
  expect(await send()).toBe('first.json 2')
  expect(names()).toEqual(['first.json', 'first.json'])
})

test('a file that was not uploaded is uploaded with the next try', async () => {
  uploadFile.mockImplementationOnce(async () => ({ problem: { message: 'No.', code: 'OFFLINE' } }))
  const { result, send } = await withFile(first)
  expect(result.current.failed?.title).toBe('The file was not uploaded')
  expect(await send()).toBe('first.json 1')
  expect(result.current.failed).toBeUndefined()
})
