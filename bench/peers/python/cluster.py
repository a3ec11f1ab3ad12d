"""A cluster of swim-protocol with its own settings, all in one event loop.

It takes the number of nodes, says "ready" once everybody knows everybody, and goes on until its input ends.
"""

import asyncio
import sys
from contextlib import AsyncExitStack

from swimprotocol.members import Members
from swimprotocol.status import Status
from swimprotocol.udp import UdpTransport
from swimprotocol.udp.config import UdpConfig
from swimprotocol.worker import Worker


def name(number):
    return f"127.0.0.1:{10000 + number}"


async def start(stack, number):
    config = UdpConfig(secret="bench", local_name=name(number), peers=[name(0 if number else 1)])
    members = Members(config)
    worker = Worker(config, members)
    await stack.enter_async_context(UdpTransport(config, worker))
    await stack.enter_async_context(worker)
    return members


async def main(nodes):
    async with AsyncExitStack() as stack:
        clusters = [await start(stack, number) for number in range(nodes)]
        for members in clusters:
            while len(members.get_status(Status.ONLINE)) < nodes - 1:
                await asyncio.sleep(0.1)
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(int(sys.argv[1])))
