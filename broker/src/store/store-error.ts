// What a store can fail with, in the few kinds that are acted upon differently.

export type StoreErrorCode =
  /** The disk has no room. Passes when somebody makes some. */
  | 'disk-full'
  /** The file system takes no writes. Passes when it is mounted again. */
  | 'read-only'
  /** Files are damaged or missing: the store is rebuilt from a checkpoint. */
  | 'corrupt'
  /** The store is closed. */
  | 'closed'
  /** Anything else that the operating system said. */
  | 'io';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** The error of LevelDB or of the file system as one of ours; `action` says what was being done. */
export function storeErrorOf(error: unknown, action: string): StoreError {
  if (error instanceof StoreError) return error;
  const texts: string[] = [];
  let code: string | undefined;
  for (let cause = error as (Error & { code?: string }) | undefined; cause; ) {
    texts.push(cause.message);
    code = cause.code ?? code;
    cause = cause.cause as (Error & { code?: string }) | undefined;
  }
  const text = texts.join(': ');
  if (/\bLOCK: (Resource temporarily unavailable|already held)/.test(text)) {
    const remedy = 'another process uses it; end that one, or choose another data directory';
    return new StoreError('io', `${action}: ${remedy}`, error);
  }
  return new StoreError(kindOf(code, text), `${action}: ${text}`, error);
}

function kindOf(code: string | undefined, text: string): StoreErrorCode {
  if (code === 'ENOSPC' || code === 'EDQUOT' || /No space left|quota exceeded/i.test(text)) {
    return 'disk-full';
  }
  if (code === 'EROFS' || /Read-only file system/i.test(text)) return 'read-only';
  if (
    code === 'corrupt' || // of a checkpoint's sums (raft)
    code === 'LEVEL_CORRUPTION' ||
    code === 'ENOENT' ||
    /Corruption:|does not exist|No such file/.test(text)
  )
    return 'corrupt';
  if (code === 'LEVEL_DATABASE_NOT_OPEN') return 'closed';
  return 'io';
}
