/** Passes over the interface that operations are issued through. */
import { viaOf, type Operation, type Step } from '../../model/schedule.js';
import { at } from '../at.js';
import { withStep, withSteps } from '../../model/edit-schedule.js';
import type { Pass } from './search.js';

/** Issues operations through the Candid interface: all of them, else one by one. An operation that needs HTTP may still not need to lack a token. */
export const avoidHttp: Pass = async (search) => {
  if (!search.best.steps.some(isOverHttp)) return;
  await search.attempt(withSteps(search.best, search.best.steps.map(throughCandid)));
  for (let index = 0; index < search.best.steps.length; index++) {
    const step = at(search.best.steps, index);
    if (step.do !== 'call' || !isOverHttp(step)) continue;
    if (await search.attempt(withStep(search.best, index, throughCandid(step)))) continue;
    const operation = { ...step.operation, via: 'http' } as Operation;
    await search.attempt(withStep(search.best, index, { ...step, operation }));
  }
};

function isOverHttp(step: Step): boolean {
  return step.do === 'call' && viaOf(step.operation) !== undefined;
}

function throughCandid(step: Step): Step {
  if (step.do !== 'call' || !isOverHttp(step)) return step;
  const { via: _via, ...operation } = step.operation as Operation & { readonly via: unknown };
  return { ...step, operation };
}
