import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { type Plugin, defineConfig } from 'vite'

const ENTRY_KB = 155
const CHUNK_KB = 120
/** The budget of the run page with its static imports; the contents of its tabs and the layout worker load later. */
const RUN_PAGE = { kb: 180, files: 20 }

/** Modules that every page of the dashboard needs: controls, navigation icons, small helpers. */
const SHARED =
  /packages\/ui\/src\/(?!toaster|menu|dialog|json|tabs|form)|packages\/graphql\/src(?!\/(?:account|editing|people|publishing|triggers|upload|sign-in|socket-client))|dashboard\/src\/(lib\/(use-(?!in-viewport)|words|lazy|later|shell|ready|idle|run-search|run-time|environment-words|money|may\.)|publishing\/environment-tag|run\/address\.|shell\/(shell|feed|hotkeys|org-button|page|split)\.|api|csp|parts\/shared)/

const ICONS =
  /lucide-react\/dist\/esm\/icons\/(rotate-ccw|chevron-right|play|pause|plus|minus|download|sparkles|link-2|history|square|square-pen|shield-check|braces|bug|circle-stop|combine|corner-down-left|database|file-check|funnel|git-branch|git-fork|globe|layers|puzzle|repeat|scale|scroll-text|trophy|variable|wand-sparkles)\.|pipeline-canvas\/src\/icons/

/** Files that are there before any page is. */
const EVERYWHERE = /^assets\/(?:rolldown-runtime|preload|react|data|documents|shared|dashboard)-/
/** Pages that are opened often. The files of others are found as they are imported, one level after the other. */
const OFTEN = /^assets\/(?:home|pipelines|pipeline-page|runs|run-page|sign-in|draft-editor|stage-panel)-/

/** Fails the build if a page of the dashboard loads too much before it can be shown. */
function budget(): Plugin {
  return {
    name: 'budget',
    apply: 'build',
    // After Vite has written the lists of files into the code.
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
        const size = (code: string) => gzipSync(code, { level: 9 }).length / 1000
        const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
        for (const chunk of chunks) {
          if (chunk.name === 'explorer') continue
          // The entry only starts the dashboard; the chunk that every visitor loads is the dashboard itself.
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
    },
  }
}

/**
 * Preloads the files of the dashboard in the head of its page, since the entry imports them one after the other. They
 * are fetched as plain scripts, so that each is compiled when it is imported; modules would all be compiled in one long
 * task.
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

/** Does the same for later imports: the files of a page are fetched at once, and each is compiled when imported. */
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
      if (changed === code) this.error("Vite's preload helper has changed, so it could not be patched.")
      return { code: changed, map: null }
    },
  }
}

/**
 * React is bundled as functions that are called immediately. If they are function expressions, browsers compile them
 * together with the file, off the main thread; arrow functions are skipped at first and parsed again later.
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

/** Writes two compressed copies of each text file; the server sends them unchanged. */
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
        // The two highest levels take ten times as long for one percent.
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
    modulePreload: {
      polyfill: false,
      // The lists are part of the code that every page loads, so they name only what makes a difference.
      resolveDependencies: (opened, files, { hostType }) =>
        hostType === 'js' ? (OFTEN.test(opened) ? files.filter((file) => !EVERYWHERE.test(file)) : []) : files,
    },
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      // The second page is for developers: the server serves it with --dev only.
      input: { index: `${import.meta.dirname}/index.html`, explorer: `${import.meta.dirname}/explorer.html` },
      output: {
        // Keeps the number of files small: modules that every page needs are one file, not thirty.
        codeSplitting: {
          groups: [
            // Needed by the entry, which must not wait for all of the shared code.
            { name: 'preload', test: /preload-helper/, priority: 40 },
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\/|parts\/react\./, priority: 31 },
            {
              name: 'router',
              test: /node_modules\/(@tanstack\/(react-router|router-core|history|store|react-store)|use-sync-external-store)\/|parts\/router\./,
              priority: 30,
            },
            {
              name: 'data',
              test: /node_modules\/(urql|@urql\/(core|exchange-graphcache)|wonka|zustand|@0no-co)\/|parts\/data\./,
              priority: 30,
            },
            { name: 'documents', test: /packages\/graphql\/src\/generated|parts\/documents\./, priority: 25 },
            { name: 'shared', test: SHARED, priority: 20 },
            // Needed by the canvas and by the small diagrams in lists.
            { name: 'diagram', test: /pipeline-canvas\/src\/(arrange|scope|lines|steps)\./, priority: 18 },
            // Icons shared by the run page and other pages; otherwise each would be a file.
            { name: 'icons', test: ICONS, priority: 15 },
          ],
        },
      },
    },
  },
  // One classic script: ELK is not written as a module.
  worker: { format: 'iife' },
  server: {
    port: 5173,
    proxy: {
      '/graphql': { target: server, ws: true },
      '/auth': server,
      '/uploads': server,
      '/hooks': server,
      '/events': server,
      // The page has the same path as the request.
      '/mail': { target: server, bypass: ({ method, url }) => (method === 'GET' ? url : undefined) },
    },
  },
})
