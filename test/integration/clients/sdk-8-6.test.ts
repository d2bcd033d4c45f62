// @camunda8/sdk 8.6, unmodified. Its types are its own; the suite uses the part that both releases share.
import type { Camunda8 as Newer } from '@camunda8/sdk';
import { Camunda8 } from 'camunda8-sdk-8-6';
import { clientSuite } from './client-suite.ts';
import { connectSdk } from './sdk-client.ts';

clientSuite('sdk 8.6', (address) =>
  connectSdk(
    Camunda8 as unknown as typeof Newer,
    { ZEEBE_GRPC_ADDRESS: address, CAMUNDA_SECURE_CONNECTION: false },
    { closesStreams: false },
  ),
);
