"""Celery's transport of files, whose messages appear whole: kombu's own lets a reader see one before it is written.

A worker that reads half a message ends; so did ours, whenever a publisher was killed or slow at the wrong moment.
"""

from pathlib import Path
from time import monotonic_ns
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # kombu disagrees with itself
        """Names sort by the time at which they were put; a draft's name is no message's."""
        name = f"{monotonic_ns() // 1_000_000}_{uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        draft = folder / f"{name}.draft"
        try:
            draft.write_text(dumps(payload))  # type: ignore[no-untyped-call]  # kombu's
            draft.replace(folder / name)
        except OSError as failure:
            raise ChannelError(f"A message for {queue} cannot be written: {failure}") from failure


class Transport(filesystem.Transport):
    Channel = Channel
