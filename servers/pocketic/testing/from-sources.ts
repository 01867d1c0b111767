/** What a test must say to run the server's threads without a build. */
export const FROM_SOURCES = { entry: new URL('./engine-worker-from-sources.mjs', import.meta.url) };
