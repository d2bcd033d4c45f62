// What a link does with the bytes of one direction.

export type LinkRule =
  | { readonly kind: 'open' }
  /** Everything waits until the rule changes. */
  | { readonly kind: 'cut' }
  | {
      readonly kind: 'slow';
      /** Each piece arrives that much later, ms. */
      readonly delayMs: number;
      /** Bytes that pass in a second; Infinity: all. */
      readonly bytesPerSecond: number;
    };

export const OPEN_LINK: LinkRule = { kind: 'open' };
