/** What a test must say to run the server's engine in a thread without a build. */
export const FROM_SOURCES = { entry: new URL('./engine-worker-from-sources.mjs', import.meta.url) };
