// @camunda8/sdk 8.8, unmodified.
import { Camunda8 } from '@camunda8/sdk';
import { clientSuite } from './client-suite.ts';
import { connectSdk } from './sdk-client.ts';

clientSuite('sdk 8.8', (address) =>
  connectSdk(Camunda8, { ZEEBE_GRPC_ADDRESS: `grpc://${address}` }),
);
