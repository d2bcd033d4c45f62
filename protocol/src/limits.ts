// Sizes that every part must respect.

/** Largest message a client may send and largest log entry, in bytes. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
/** How deep a JSON document may be nested. */
export const JSON_DEPTH_MAX = 1000;
/** Job error messages are cut to this many characters. */
export const JOB_ERROR_MESSAGE_CHARS_MAX = 10_000;
/** Bytes kept free of the largest message when jobs or children are put into one batch. */
export const BATCH_RESERVE_BYTES = 8 * 1024;
