// The front door of the broker as a package: starting one inside another program.
export { type Broker, startBroker } from './broker.ts';
export { type Config, ConfigError, loadConfig } from './config.ts';
