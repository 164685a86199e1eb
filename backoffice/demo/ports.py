"""Ports of the demo: whether they are free, and which are."""

import socket
from contextlib import ExitStack


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # A port whose last user has only just gone is free to a server too.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free(count: int) -> list[int]:
    """That many ports that nobody listens on now; held together for a moment, so that they differ."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
