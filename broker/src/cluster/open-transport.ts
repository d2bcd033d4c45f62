// Opens the transport as the configuration says. A broker that is alone and was given no port takes another one when the
// usual port is taken: nobody was told where to find it.
import type { ClusterConfig } from '../config/cluster-config.ts';
import type { Log } from '../ops/log.ts';
import { startTransport } from './transport/tcp-transport.ts';
import type { PeerHello, Transport, TransportListener } from './transport/transport.ts';

/** Rejects when the address cannot be bound or a TLS file cannot be read. */
export async function openTransport(
  config: ClusterConfig,
  hello: PeerHello,
  listener: TransportListener,
  log: Log,
): Promise<Transport> {
  const options = {
    host: config.host,
    port: config.port,
    hello,
    clusterName: config.name,
    contactPoints: config.contactPoints,
    ...(config.tls === undefined ? {} : { tls: config.tls }),
    log,
  };
  try {
    return await startTransport(options, listener);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EADDRINUSE' || config.isPortGiven) throw error;
    log.warn(
      { port: config.port },
      'the port for other members of a cluster is taken; this broker, which is alone, takes another one',
    );
    return await startTransport({ ...options, port: 0 }, listener);
  }
}
