/** The chart library as its one-file bundle: loading the 585 modules of its sources takes longer than a short run. */
export { init } from 'echarts/dist/echarts.esm.min.mjs';
export type { EChartsCoreOption } from 'echarts/core';
