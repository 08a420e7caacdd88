import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The server allows scripts and styles of its own address only, so nothing may
// be inlined: no data: assets, no module preload polyfill, CSS in files.
export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: 'dist/app',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    // `npm run dev` beside `chokepoint serve`
    proxy: { '/api': process.env.CHOKEPOINT_ADDRESS ?? 'http://127.0.0.1:8417' },
  },
});
