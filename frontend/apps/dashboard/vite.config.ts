import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { type Plugin, defineConfig } from 'vite'

const ENTRY_KB = 155
const CHUNK_KB = 120

/** Fails the build when a page of the dashboard would make its visitors load too much before it can be seen. */
function budget(): Plugin {
  return {
    name: 'budget',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
      const size = (code: string) => gzipSync(code, { level: 9 }).length / 1000
      const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
      for (const chunk of chunks) {
        if (chunk.name === 'explorer') continue
        if (!chunk.isEntry) {
          if (size(chunk.code) > CHUNK_KB)
            this.error(`${chunk.fileName} is ${size(chunk.code).toFixed(0)} kB gz, over ${CHUNK_KB}.`)
          continue
        }
        const first = new Set([chunk.fileName])
        for (const name of first) for (const next of byName.get(name)?.imports ?? []) first.add(next)
        const total = [...first].reduce((sum, name) => sum + size(byName.get(name)?.code ?? ''), 0)
        if (total > ENTRY_KB) this.error(`The entry is ${total.toFixed(0)} kB gz, over ${ENTRY_KB}.`)
        this.info(`entry ${total.toFixed(0)} kB gz of ${ENTRY_KB}`)
      }
    },
  }
}

/** Writes each text file twice more, as small as it gets; the server hands those out as they are. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle({ dir = '' }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!name.startsWith('assets/') || !/\.(?:js|css|svg)$/.test(name)) continue
        const file = join(dir, name)
        const bytes = readFileSync(file)
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
        // The last two steps take ten times as long for one per cent.
        writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }))
      }
    },
  }
}

const server = process.env['FLOWMASON_SERVER'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwind(), budget(), compressed()],
  html: { cspNonce: '__NONCE__' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      // The second page is for developers: the server shows it with --dev only.
      input: { index: `${import.meta.dirname}/index.html`, explorer: `${import.meta.dirname}/explorer.html` },
    },
  },
  worker: { format: 'es' },
  server: {
    port: 5173,
    proxy: {
      '/graphql': { target: server, ws: true },
      '/auth': server,
    },
  },
})
