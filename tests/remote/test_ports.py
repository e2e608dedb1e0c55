"""The connections that a link leads: in both directions, side by side, and to their end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import psutil

from harness.poll import eventually
from harness.ports import free_port
from harness.remote import NEAR
from tests.remote.conftest import Ends

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

MEGABYTE = 1 << 20


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(MEGABYTE):
        writer.write(chunk)
        await writer.drain()
    writer.close()


async def length(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer only once the other side has said all."""
    writer.write(str(len(await reader.read())).encode())
    writer.close()


async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        writer.write(bytes(MEGABYTE))
        await writer.drain()


@asynccontextmanager
async def served(serve: Serve) -> AsyncIterator[int]:
    """Serve on some port; all connections end with the block."""
    writers = []

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with suppress(ConnectionError):
            await serve(reader, writer)

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)  # the loop closes what was aborted in its next turn


@asynccontextmanager
async def led(ends: Ends, *serves: Serve) -> AsyncIterator[list[int]]:
    """Serve each on a port there; hand over the ports here that lead to them."""
    async with AsyncExitStack() as stack:
        theirs = [await stack.enter_async_context(served(serve)) for serve in serves]
        ports = {free_port(): there for there in theirs}
        await stack.enter_async_context(ends.link(ports))
        yield list(ports)


@asynccontextmanager
async def connected(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


async def say(port: int, text: bytes) -> bytes:
    """Say something, nothing more, and return all that is answered."""
    async with connected(port) as (reader, writer):
        writer.write(text)
        writer.write_eof()
        return await reader.read()


def test_all_arrives_in_both_directions(ends: Ends) -> None:
    async def run() -> None:
        async with led(ends, echo) as (port,):
            assert await say(port, b"hello") == b"hello"
            texts = [bytes([number]) * (3 * MEGABYTE + number) for number in range(16)]
            answers = await asyncio.gather(*(say(port, text) for text in texts))
            assert answers == texts

    asyncio.run(run())


def test_one_side_may_end_before_the_other(ends: Ends) -> None:
    async def run() -> None:
        async with led(ends, length) as (port,):
            assert await say(port, bytes(5 * MEGABYTE)) == str(5 * MEGABYTE).encode()

    asyncio.run(run())


def test_who_does_not_listen_keeps_nobody_waiting(ends: Ends) -> None:
    async def run() -> None:
        async with led(ends, endless, echo) as (deaf, port), connected(deaf):
            for _ in range(50):
                assert await asyncio.wait_for(say(port, bytes(MEGABYTE)), 5) == bytes(MEGABYTE)
            (near,) = (it for it in psutil.Process().children() if str(NEAR) in it.cmdline())
            resident = max(it.memory_info().rss for it in (near, *near.children()))
            assert resident < 250 * MEGABYTE, "it is not kept in memory instead"

    asyncio.run(run())


def test_a_port_where_nothing_listens_there_is_closed_here(ends: Ends) -> None:
    async def run() -> None:
        here = free_port()
        async with ends.link({here: free_port()}):
            with suppress(ConnectionResetError):
                assert await asyncio.wait_for(say(here, b"anybody?"), 5) == b""

    asyncio.run(run())


def test_whoever_leaves_is_noticed_there(ends: Ends) -> None:
    left = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"welcome")
        await reader.read()
        left.set()

    async def run() -> None:
        async with led(ends, wait) as (port,):
            async with connected(port) as (reader, _):
                assert await reader.readexactly(7) == b"welcome"
            await asyncio.wait_for(left.wait(), 5)

    asyncio.run(run())


def test_the_next_one_takes_a_port_over(ends: Ends) -> None:
    async def run() -> None:
        async with served(echo) as there:
            here = free_port()
            async with AsyncExitStack() as first:
                assert await (await first.enter_async_context(ends.link({here: there}))).up() == []
                async with ends.link({here: there}) as second:
                    assert await second.up() == [here]
                    assert await say(here, b"x") == b"x"
                    await first.aclose()

                    async def answered() -> bool:
                        with suppress(ConnectionError):
                            return await say(here, b"x") == b"x"
                        return False

                    await eventually(answered, seconds=120, what="the second one leads the port")

    asyncio.run(run())
