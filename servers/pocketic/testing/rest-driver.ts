/** Acts of a golden trace, over HTTP, as they were recorded. */
export { RestDriver } from '../../../conformance/rest-driver.js';
