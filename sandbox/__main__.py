"""Starts the sandbox: `python -m sandbox --port 9400 --data DIR`, on 127.0.0.1 and nowhere else."""

import argparse
import asyncio
import signal
from pathlib import Path

from aiohttp import web

from sandbox import breaking, storage
from sandbox.front import Front
from sandbox.state import Sandbox, begun

LOOPBACK = "127.0.0.1"
SECONDS_TO_FINISH = 0.5


def main() -> None:
    wanted = _wanted()
    db = storage.opened(wanted.data)
    asyncio.run(_run(begun(db, environment=wanted.environment), port=wanted.port, break_port=wanted.break_port))
    db.close()


def _wanted() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description="A MetaTrader 5 Manager API for laptops and tests.")
    parser.add_argument("--port", type=int, default=9400, help="of the Manager API; 0 takes a free one")
    parser.add_argument("--break-port", type=int, default=None, help="of the page that breaks it; API's port + 1")
    parser.add_argument("--data", type=Path, required=True, help="folder for the sandbox's own database")
    parser.add_argument("--environment", default="demo", help="the x-environment that this sandbox is")
    wanted = parser.parse_args()
    if wanted.break_port is None:
        wanted.break_port = wanted.port and wanted.port + 1
    return wanted


async def _run(sandbox: Sandbox, *, port: int, break_port: int) -> None:
    api = web.ServerRunner(web.Server(Front(sandbox), access_log=None), shutdown_timeout=SECONDS_TO_FINISH)
    page = web.AppRunner(breaking.application(sandbox), access_log=None, shutdown_timeout=SECONDS_TO_FINISH)
    url, break_url = await _opened(api, port=port), await _opened(page, port=break_port)
    booking = asyncio.create_task(sandbox.bookings.run())
    print(f"sandbox listening on {url} break {break_url}", flush=True)
    await _told_to_stop(booking)
    booking.cancel()
    await asyncio.gather(api.cleanup(), page.cleanup())


async def _opened(runner: web.AppRunner | web.ServerRunner, *, port: int) -> str:
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port, backlog=1024).start()
    return f"http://{LOOPBACK}:{runner.addresses[0][1]}"


async def _told_to_stop(booking: asyncio.Task[None]) -> None:
    stop = asyncio.Event()
    for told in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(told, stop.set)
    # A booking that fails would leave accepted money unbooked in silence: rather stop.
    booking.add_done_callback(lambda _: stop.set())
    await stop.wait()


if __name__ == "__main__":
    main()
