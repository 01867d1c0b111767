/** The chart library as its one-file bundle: loading the 585 modules of its sources takes longer than a short run. */
// A project that compiles this file finds the types of the bundle, too.
// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- an import names a module, and this is a declaration of one
/// <reference path="./echarts-bundle.d.ts" />
export { init } from 'echarts/dist/echarts.esm.min.mjs';
export type { EChartsCoreOption } from 'echarts/core';
