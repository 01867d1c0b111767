/** Passes over which interface operations are issued by. */
import { viaOf, type Operation, type Schedule, type Step } from '../../model/schedule.js';
import type { Pass } from './minimise.js';
import { withStep, withSteps } from './step-passes.js';

/** By the Candid methods: everything, else one by one, the one without a token at least with one. */
export const dropHttp: Pass = async (search) => {
  if (!isMixed(search.best)) return;
  await search.attempt(withSteps(search.best, search.best.steps.map(byCandid)));
  for (let place = 0; place < search.best.steps.length; place++) {
    const step = search.best.steps[place]!;
    if (step.do !== 'call' || viaOf(step.operation) === undefined) continue;
    if (await search.attempt(withStep(search.best, place, byCandid(step)))) continue;
    if (viaOf(step.operation) === 'http') continue;
    const operation = { ...step.operation, via: 'http' } as Operation;
    await search.attempt(withStep(search.best, place, { ...step, operation }));
  }
};

function isMixed({ steps }: Schedule): boolean {
  return steps.some((step) => step.do === 'call' && viaOf(step.operation) !== undefined);
}

function byCandid(step: Step): Step {
  if (step.do !== 'call' || viaOf(step.operation) === undefined) return step;
  const { via: _, ...operation } = step.operation as Operation & { readonly via: unknown };
  return { ...step, operation: operation };
}
