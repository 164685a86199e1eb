"""`python -m bench.faults`: a place of its own, servers of its own where asked for, one run, and its exit code."""

import importlib
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from backoffice.demo import ports, scratch
from backoffice.demo.prepare import prepare
from backoffice.demo.supervise import ENDINGS, Ended
from bench.faults import servers
from bench.faults.crew import Crew
from bench.faults.mischief import Surroundings
from bench.faults.mix import Breaker
from bench.faults.servers import Impossible, Server
from bench.faults.wanted import LIMITS, Wanted, wanted


def main() -> int:
    try:
        asked = wanted()
    except ValueError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    for number in ENDINGS:
        signal.signal(number, signal.default_int_handler)
    with Path(asked.log).open("w", encoding="utf-8") as log, ExitStack() as stack:
        try:
            return _run(asked, stack, log=log)
        except (Ended, Impossible, subprocess.CalledProcessError) as failure:
            sys.stderr.write(f"The run could not be made. {failure}\n")
            return 2
        except KeyboardInterrupt:
            return 130


def _run(asked: Wanted, stack: ExitStack, *, log: TextIO) -> int:
    redis = _had(stack, "redis") if asked.own_servers and not asked.redis_is_down else None
    postgres = _had(stack, "postgres") if asked.own_servers else None
    _name_the_transport(redis, is_down=asked.redis_is_down)
    if postgres:
        # The place would hold a connection to a given server for the whole run; a restart would cut it.
        os.environ.pop("DATABASE_URL", None)
    place = stack.enter_context(scratch.place())
    ours = {"DATABASE_URL": _address(postgres)} if postgres else {}
    place = replace(place, extra=place.extra | LIMITS | ours)
    os.environ.update(place.environment())
    prepare(place)
    crew = Crew(place, log)
    stack.callback(crew.end_all)
    around = Surroundings(
        crew=crew,
        breaker=Breaker(place.break_url, asked.seed),
        redis=redis,
        postgres=postgres,
        database_url=os.environ.get("DATABASE_URL", ""),
    )
    # Django reads its environment when it is first imported, and that environment has only now been made.
    run = importlib.import_module("bench.faults.run")
    run.started(crew)
    return int(run.run(asked, around))


def _name_the_transport(redis: Server | None, *, is_down: bool) -> None:
    """Where Redis is to be down, nobody listens on a port that was free a moment ago.

    The cache is then the one beside the database: signing in counts its failures there, and does not do without.
    """
    if redis:
        url = f"redis://127.0.0.1:{redis.port}"
        os.environ |= {"CELERY_BROKER_URL": f"{url}/0", "CACHE_URL": f"{url}/1"}
    elif is_down:
        (port,) = ports.free(1)
        os.environ["CELERY_BROKER_URL"] = f"redis://127.0.0.1:{port}/0"
        os.environ.pop("CACHE_URL", None)


def _address(postgres: Server) -> str:
    return f"postgres://postgres@127.0.0.1:{postgres.port}/postgres"


def _had(stack: ExitStack, name: str) -> Server | None:
    try:
        server: Server = stack.enter_context(getattr(servers, name)())
    except Impossible as why:
        print(f"No {name} of the run's own is killed here: {why}.")
        return None
    return server


if __name__ == "__main__":
    sys.exit(main())
