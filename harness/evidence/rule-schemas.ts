/** Schemas of the names in findings. Reading through them replaces the names of earlier versions by the present ones. */
import { z } from 'zod';
import { currentRuleName } from '../../targets/rule-names.js';
import { currentRuleText } from './rules.js';

export const checkerNameSchema = z.string().overwrite(currentRuleName);
export const ruleTextSchema = z.string().overwrite(currentRuleText);
