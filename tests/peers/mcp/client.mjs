// A foreign MCP client: the official SDK, which knows nothing about FlowMason but its address.
//
// node client.mjs BASE KEY
//
// It lists the tools, calls the pipeline's tool, and looks at the run. The last line is {"done": facts} or
// {"failed": why}.

import assert from 'node:assert/strict'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const [base, key] = process.argv.slice(2)
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

const connect = async (secret) => {
  const client = new Client({ name: 'flowmason-test', version: '1.0.0' })
  const headers = { authorization: `Bearer ${secret}` }
  const transport = new StreamableHTTPClientTransport(new URL(`${base}/mcp`), { requestInit: { headers } })
  await client.connect(transport)
  return client
}

async function main() {
  await assert.rejects(connect('wrong'))

  const client = await connect(key)
  assert.equal(client.getServerVersion().name, 'flowmason')
  assert.ok(client.getInstructions().length > 0)
  await client.ping()

  const { tools } = await client.listTools()
  const names = tools.map((tool) => tool.name)
  assert.ok(names.includes('get_run'), names.join())
  const pipeline = tools.find((tool) => tool.name.startsWith('greeter-'))
  assert.ok(pipeline, names.join())
  assert.deepEqual(pipeline.inputSchema.required, ['value'])
  assert.equal(pipeline.annotations.destructiveHint, false)

  const called = await client.callTool({ name: pipeline.name, arguments: { value: 'hello' } })
  assert.notEqual(called.isError, true, JSON.stringify(called))
  const { run, status } = called.structuredContent
  assert.equal(status, 'succeeded')
  assert.deepEqual(JSON.parse(called.content[0].text), called.structuredContent)

  const wrong = await client.callTool({ name: pipeline.name, arguments: {} })
  assert.equal(wrong.isError, true)
  await assert.rejects(client.callTool({ name: 'nothing-00000000', arguments: {} }), { code: -32602 })

  const found = await client.callTool({ name: 'get_run', arguments: { run } })
  assert.equal(found.structuredContent.run, run)
  await client.close()
  say({ done: { tool: pipeline.name, run } })
}

try {
  await main()
} catch (error) {
  say({ failed: `${error.stack ?? error}` })
}
process.exit()
