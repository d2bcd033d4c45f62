// The exported JSON form of a record: exactly the reference's field names (broker-operations.md 8.3).
//
// Position, key, timestamp and partition come first, so that a reader of lines finds them without parsing the value.
import { catalog } from './catalog.ts';
import { keyText } from './keys.ts';
import type { LogRecord } from './record.ts';

/** The release of the protocol whose records these are, as exporters and the topology show it. */
export const PROTOCOL_VERSION = '8.6.0';

/** One line of JSON, without line end. `operationReference` is always there, -1 for none, as the reference exports it. */
export function recordJson(record: LogRecord, partitionId: number): string {
  const entry = catalog[record.valueType];
  const reason = record.rejectionReason === '' ? '""' : JSON.stringify(record.rejectionReason);
  return (
    `{"position":${record.position},"sourceRecordPosition":${record.sourcePosition},"key":${keyText(record.key)},` +
    `"timestamp":${record.timestamp},"partitionId":${partitionId},"recordType":"${record.recordType}",` +
    `"valueType":"${record.valueType}","intent":"${record.intent}",` +
    `"rejectionType":"${record.rejectionType ?? 'NULL_VAL'}","rejectionReason":${reason},` +
    `"brokerVersion":"${PROTOCOL_VERSION}","recordVersion":${recordVersion(record)},` +
    `"authorizations":{"authorized_tenants":["<default>"]},"operationReference":${record.operationReference},` +
    `"value":${entry.codec.json(record.value)}}`
  );
}

/** The reference's number for the shape of the event (seen in its exports); how our log writes it is another matter. */
function recordVersion(record: LogRecord): number {
  const { valueType, intent } = record;
  return (valueType === 'PROCESS' || valueType === 'DEPLOYMENT') && intent === 'CREATED' ? 2 : 1;
}
