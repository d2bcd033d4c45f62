// Times of the cluster's configuration, in one place.
export interface ConfigurationLimits {
  /** Every broker sends its copy to all others that often, ms. */
  readonly gossipMs: number;
  /** A broker without a configuration asks for one that often, ms. */
  readonly askMs: number;
  /** Voters that did not answer are asked again after that long, ms. */
  readonly decisionRetryMs: number;
  /** So long a majority is waited for, ms. */
  readonly decisionTimeoutMs: number;
  /** So long another broker's answer to a request is waited for, ms. Longer than a decision takes. */
  readonly requestTimeoutMs: number;
  /** Waiting time after an operation failed: at first, ms; doubled each time up to the other one. */
  readonly retryMsMin: number;
  readonly retryMsMax: number;
}

export const CONFIGURATION_LIMITS: ConfigurationLimits = {
  gossipMs: 5_000,
  askMs: 1_000,
  decisionRetryMs: 300,
  decisionTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  retryMsMin: 10_000,
  retryMsMax: 60_000,
};
