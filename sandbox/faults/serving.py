"""What a fault has in its hands: the call, its own parameters, the way to carry the call out, and the connection."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.answers import Answer
from sandbox.calls import Call
from sandbox.terms import PLAIN, Terms

LOOK_EVERY = 0.02
LONGEST_WAIT = 120.0
RST_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Serving:
    request: web.BaseRequest
    call: Call
    params: dict[str, Any]
    carry_out: Callable[[Terms], Awaitable[Answer]]

    async def apply(self) -> Answer:
        """Carries the call out; `shows_after` hides what it books from the history for so many seconds."""
        return await self.carry_out(PLAIN._replace(shows_after=self.params["shows_after"]))

    async def apply_if_asked(self) -> None:
        if self.params["applied"]:
            await self.apply()

    def reset(self) -> None:
        """Closes with RST and not with FIN, as a crashed proxy or a firewall does."""
        transport = self.request.transport
        if transport is not None:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST_ON_CLOSE)
            transport.abort()

    async def until_gone(self, *, most: float) -> None:
        # aiohttp tells nobody that the client left, so this has to look.
        for _ in range(round(min(most, LONGEST_WAIT) / LOOK_EVERY)):
            if self.is_gone:
                return
            await asyncio.sleep(LOOK_EVERY)

    @property
    def is_gone(self) -> bool:
        return self.request.transport is None or self.request.transport.is_closing()


# None is no answer at all: the connection is gone, or is about to be.
Outcome = Answer | web.StreamResponse | None
Fault = Callable[[Serving], Awaitable[Outcome]]
