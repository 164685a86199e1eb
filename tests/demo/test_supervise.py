"""The supervisor: processes come up in order, die loudly, and leave nobody behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from backoffice.demo.supervise import Ended, House, Process

FOREVER = "import time; print('up', flush=True); time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"


def process(code: str, *, name: str = "child", ready: str = "up") -> Process:
    command = [sys.executable, "-u", "-c", code]
    return Process(name=name, command=command, environment=dict(os.environ), ready=ready)


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_what_a_process_says_is_prefixed_with_its_name():
    said: list[str] = []

    with House(say=said.append) as house:
        house.start([process(FOREVER, name="web")])

    assert said == ["     web | up"]


def test_leaving_ends_every_process():
    with House(say=lambda line: None) as house:
        house.start([process(FOREVER), process(FOREVER)])
        pids = [child.popen.pid for child in house.children]
        assert all(is_alive(pid) for pid in pids)

    assert not any(is_alive(pid) for pid in pids)


def test_a_process_that_dies_is_reported_and_not_started_again():
    with House(say=lambda line: None) as house:
        house.start([process("print('up'); import time; time.sleep(.3); raise SystemExit(3)", name="funding")])

        with pytest.raises(Ended, match=r"funding ended by itself \(exit code 3\)\."):
            house.watch()


def test_a_process_that_never_comes_up_is_reported():
    with House(say=lambda line: None) as house, pytest.raises(Ended, match=r"web ended by itself \(SIGKILL\)\."):
        house.start([process("import os; os.kill(os.getpid(), 9)", name="web")])


def test_a_process_that_ignores_the_request_is_killed(monkeypatch):
    monkeypatch.setattr("backoffice.demo.supervise.SECONDS_TO_STOP", 0.3)
    said: list[str] = []

    with House(say=said.append) as house:
        house.start([process(DEAF)])
        pid = house.children[0].popen.pid

    assert not is_alive(pid)
    assert said[-1].startswith("child did not end")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_supervisor_that_ends_leaves_no_orphans(how):
    program = textwrap.dedent(f"""
        import os, sys
        from backoffice.demo.supervise import House, Process
        with House(say=lambda line: None) as house:
            house.start([Process(name="a", command=[sys.executable, "-uc", {FOREVER!r}], environment=dict(os.environ), ready="up")])
            print(house.children[0].popen.pid, flush=True)
            house.watch()
    """)
    supervisor = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert supervisor.stdout is not None
    pid = int(supervisor.stdout.readline())
    assert is_alive(pid)

    supervisor.send_signal(how)
    supervisor.wait(10)
    supervisor.stdout.close()

    end = time.monotonic() + 15
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_alive(pid)
