// The exported JSON form of a record: exactly the reference's field names (broker-operations.md 8.3).
import { catalog } from './catalog.ts';
import { keyText } from './keys.ts';
import { type LogRecord, NO_OPERATION } from './record.ts';

/** The release of the protocol whose records these are, as exporters and the topology show it. */
export const PROTOCOL_VERSION = '8.6.0';

/** One line of JSON, without line end. */
export function recordJson(record: LogRecord, partitionId: number): string {
  const entry = catalog[record.valueType];
  const operation =
    record.operationReference === NO_OPERATION
      ? ''
      : `,"operationReference":${record.operationReference}`;
  return (
    `{"position":${record.position},"sourceRecordPosition":${record.sourcePosition},"key":${keyText(record.key)},` +
    `"timestamp":${record.timestamp},"partitionId":${partitionId},"recordType":"${record.recordType}",` +
    `"valueType":"${record.valueType}","intent":"${record.intent}",` +
    `"rejectionType":"${record.rejectionType ?? 'NULL_VAL'}","rejectionReason":${JSON.stringify(record.rejectionReason)},` +
    `"brokerVersion":"${PROTOCOL_VERSION}","recordVersion":${entry.version},"authorizations":{}${operation},` +
    `"value":${entry.codec.json(record.value)}}`
  );
}
