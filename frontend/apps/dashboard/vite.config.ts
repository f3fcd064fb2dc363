import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { type Plugin, defineConfig } from 'vite'

const ENTRY_KB = 155
const CHUNK_KB = 120
/** The run page, with all that it imports at once; what lies behind its tabs and the layout worker come later. */
const RUN_PAGE = { kb: 180, files: 20 }

/** What every page of the dashboard needs: controls, icons of the navigation, documents, small helpers. */
const SHARED =
  /packages\/ui\/src\/(?!toaster|menu|dialog|json|tabs|form)|packages\/graphql\/src|dashboard\/src\/(lib\/(use-(?!seen)|words|lazy|later|load-again|shell|ready|idle|run-search|run-time)|run\/address\.|shell\/(shell|feed|hotkeys|org-button|page)\.|api|csp|parts\/shared)/

const ICONS =
  /lucide-react\/dist\/esm\/icons\/(rotate-ccw|play|pause|plus|minus|download|sparkles|link-2|history|square|square-pen|shield-check|braces|bug|circle-stop|combine|corner-down-left|database|file-check|funnel|git-branch|git-fork|globe|layers|puzzle|repeat|scale|scroll-text|trophy|variable|wand-sparkles)\.|pipeline-canvas\/src\/icons/

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
        // The entry only begins the dashboard; what every visitor loads is the dashboard itself.
        if (chunk.isEntry) continue
        if (chunk.name !== 'dashboard') {
          if (size(chunk.code) > CHUNK_KB)
            this.error(`${chunk.fileName} is ${size(chunk.code).toFixed(0)} kB gz, over ${CHUNK_KB}.`)
          continue
        }
        const first = new Set([chunk.fileName])
        for (const name of first) for (const next of byName.get(name)?.imports ?? []) first.add(next)
        const run = chunks.find((each) => each.name === 'run-page')
        if (run) {
          const page = new Set([...first, run.fileName])
          for (const name of page) for (const next of byName.get(name)?.imports ?? []) page.add(next)
          const kb = [...page].reduce((sum, name) => sum + size(byName.get(name)?.code ?? ''), 0)
          const text = `The run page is ${kb.toFixed(2)} kB gz in ${page.size} files`
          if (kb > RUN_PAGE.kb || page.size > RUN_PAGE.files)
            this.error(`${text}, over ${RUN_PAGE.kb} kB or ${RUN_PAGE.files} files: ${[...page].join(', ')}.`)
          this.info(text)
        }
        const total = [...first].reduce((sum, name) => sum + size(byName.get(name)?.code ?? ''), 0)
        if (total > ENTRY_KB) this.error(`The entry is ${total.toFixed(0)} kB gz, over ${ENTRY_KB}.`)
        this.info(`entry ${total.toFixed(0)} kB gz of ${ENTRY_KB}`)
      }
    },
  }
}

/**
 * Names the files of the dashboard in the head of its page: the entry imports them one after the other. Fetched as
 * plain scripts, each is compiled when it is imported; as modules they would all be compiled in one long task.
 */
function ahead(): Plugin {
  return {
    name: 'ahead',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle = {}, filename }) {
        if (!filename.endsWith('index.html')) return []
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
        const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
        const files = new Set(chunks.find((chunk) => chunk.isEntry && chunk.name === 'index')?.dynamicImports)
        for (const name of files) for (const next of byName.get(name)?.imports ?? []) files.add(next)
        return [...files].map((name) => ({
          tag: 'link',
          attrs: { rel: 'preload', as: 'script', crossorigin: true, href: `/${name}` },
          injectTo: 'head',
        }))
      },
    },
  }
}

/** As `ahead` for what is imported later: the files that a page needs are fetched at once, each compiled in its turn. */
function fetchOnly(): Plugin {
  return {
    name: 'fetch-only',
    apply: 'build',
    transform(code, id) {
      if (!id.includes('vite/preload-helper')) return
      const changed = code.replace(
        /const scriptRel = .*?;const assetsURL/s,
        "const scriptRel = 'preload';const assetsURL",
      )
      if (changed === code) this.error('The helper of Vite that names what is fetched ahead is another one.')
      return { code: changed, map: null }
    },
  }
}

/**
 * React comes as functions that are called at once. Browsers compile those with the file, away from the page's thread,
 * when they are written as function expressions; arrow functions they first skip and then read again.
 */
function calledAtOnce(): Plugin {
  return {
    name: 'called-at-once',
    apply: 'build',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk' || chunk.name !== 'react' || chunk.isDynamicEntry) continue
        chunk.code = chunk.code.replace(/([\w$]+=\w+\(\()\(?([\w$,]*)\)?=>\{/g, '$1function($2){')
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
  plugins: [react(), tailwind(), ahead(), fetchOnly(), calledAtOnce(), budget(), compressed()],
  html: { cspNonce: '__NONCE__' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      // The second page is for developers: the server shows it with --dev only.
      input: { index: `${import.meta.dirname}/index.html`, explorer: `${import.meta.dirname}/explorer.html` },
      output: {
        // A page is a few files: small modules that every page needs are one, not thirty.
        codeSplitting: {
          groups: [
            // Asked by the entry, which must not wait for all of the shared code.
            { name: 'preload', test: /preload-helper/, priority: 40 },
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\/|parts\/react\./, priority: 31 },
            {
              name: 'router',
              test: /node_modules\/(@tanstack\/(react-router|router-core|history|store|react-store)|use-sync-external-store)\/|parts\/router\./,
              priority: 30,
            },
            {
              name: 'data',
              test: /node_modules\/(urql|@urql\/(core|exchange-graphcache)|wonka|zustand|graphql-ws|@0no-co)\/|parts\/data\./,
              priority: 30,
            },
            { name: 'documents', test: /packages\/graphql\/src\/generated|parts\/documents\./, priority: 25 },
            { name: 'shared', test: SHARED, priority: 20 },
            // Those of the run page that other pages have as well; alone each would be a file.
            { name: 'icons', test: ICONS, priority: 15 },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  server: {
    port: 5173,
    proxy: {
      '/graphql': { target: server, ws: true },
      '/auth': server,
      '/uploads': server,
    },
  },
})
