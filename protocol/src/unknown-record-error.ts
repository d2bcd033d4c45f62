// What a newer release wrote and this one cannot read.

/** Thrown when a log holds a version, value type, intent or word that this release does not know. It is never skipped. */
export class UnknownRecordError extends Error {}
