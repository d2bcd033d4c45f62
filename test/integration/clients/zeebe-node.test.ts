// zeebe-node 8.3.2, unmodified.
import { clientSuite } from './client-suite.ts';
import { connectZeebeNode } from './zeebe-node-client.ts';

clientSuite('zeebe-node', connectZeebeNode);
