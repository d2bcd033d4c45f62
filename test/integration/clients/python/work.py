"""pyzeebe at work: the Python side of client-program.ts, which says what is printed and when it ends."""

import asyncio
import sys

from pyzeebe import ZeebeClient, ZeebeWorker, create_insecure_channel
from pyzeebe.errors import (
    ProcessDefinitionNotFoundError,
    ProcessInstanceNotFoundError,
    PyZeebeError,
)

CALL_LIMIT_S = 20
LOOK_EVERY_S = 0.25


def say(*words: object) -> None:
    print(" ".join(str(word) for word in words).replace("\n", " "), flush=True)


async def check(client: ZeebeClient, process_id: str, parked_id: str) -> None:
    """One call of each kind that is not made all the time."""
    ended = await client.run_process_with_result(
        process_id, {"text": "grün"}, timeout=CALL_LIMIT_S * 1000
    )
    if ended.variables != {"text": "grün", "done": True}:
        raise RuntimeError(f"the result has the variables {ended.variables}")
    say("checked result")
    try:
        await client.run_process("nobody-deployed-this")
        raise RuntimeError("a process that nobody deployed was started")
    except ProcessDefinitionNotFoundError:
        say("checked unknown process")
    cancelled = await client.run_process(parked_id)
    await client.cancel_process_instance(cancelled.process_instance_key)
    try:
        await client.cancel_process_instance(cancelled.process_instance_key)
        raise RuntimeError("an instance was cancelled twice")
    except ProcessInstanceNotFoundError:
        say("checked second cancellation")
    await client.healthcheck()
    say("checked health")


async def create(client: ZeebeClient, process_id: str, token: str) -> None:
    try:
        created = await client.run_process(process_id, {"token": token})
        say("created", created.process_instance_key)
    except PyZeebeError as error:
        say("failed", repr(error), repr(error.__cause__))


async def look(client: ZeebeClient) -> None:
    seen = -1
    while True:
        try:
            brokers = len((await client.topology()).brokers)
            if brokers != seen:
                say("topology", brokers)
            seen = brokers
        except PyZeebeError:
            pass  # the next look is soon
        await asyncio.sleep(LOOK_EVERY_S)


async def main() -> None:
    address, process_id, parked_id, work_file, parked_file, per_second, lock_ms = sys.argv[1:]
    channel = create_insecure_channel(grpc_address=address)
    client = ZeebeClient(channel)
    worker = ZeebeWorker(channel, poll_retry_delay=1, stream_enabled=True)

    @worker.task(task_type=process_id, timeout_ms=int(lock_ms))
    async def work() -> dict:
        return {"done": True}

    await client.deploy_resource(work_file, parked_file)
    background = [asyncio.create_task(worker.work())]
    await check(client, process_id, parked_id)
    background.append(asyncio.create_task(look(client)))

    stopping = asyncio.Event()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )

    async def create_all() -> None:
        under_way = []
        number = 0
        while not stopping.is_set():
            under_way.append(asyncio.create_task(create(client, process_id, f"{process_id}-{number}")))
            number += 1
            await asyncio.sleep(1 / int(per_second))
        await asyncio.gather(*under_way)
        say("stopped")

    creating = asyncio.create_task(create_all())
    while line := await reader.readline():
        if line.strip() == b"stop":
            stopping.set()
            await creating
    for task in background:
        task.cancel()


try:
    asyncio.run(main())
except Exception as error:  # told to the test, whatever it is
    say("problem", repr(error), repr(error.__cause__))
    sys.exit(1)
