// The one exception that ends an evaluation: a failed assertion, a limit, or a misuse that the reference reports as a failure and not as null.

export class EvaluationFailure extends Error {
  /** A failed `assert()` has its own wording in incident texts. */
  readonly isAssertion: boolean;
  constructor(message: string, isAssertion = false) {
    super(message);
    this.isAssertion = isAssertion;
  }
}
