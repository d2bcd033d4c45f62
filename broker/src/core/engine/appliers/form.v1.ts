// Forms that are deployed and deleted.
import type { Applier } from '../applier.ts';

export const formCreated: Applier<'FORM'> = (record, state) => state.forms.create(record.value);

export const formDeleted: Applier<'FORM'> = (record, state) => state.forms.remove(record.value);
