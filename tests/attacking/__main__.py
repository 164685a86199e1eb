"""`make attack`: what reads code reads ours, and what sends requests sends them to a demo of its own; it fails on a finding."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from backoffice.demo import processes, scratch
from backoffice.demo.cast import CAST
from backoffice.demo.prepare import prepare
from backoffice.demo.processes import Place
from backoffice.demo.supervise import House
from backoffice.demo.visitor import Visitor
from tests.attacking import scanning

HOUSE = Path(__file__).resolve().parent.parent.parent
SAMPLES = HOUSE / "tests" / "attacking" / "samples"
RULES = HOUSE / "tests" / "attacking" / "rules.yaml"
TOOLS = Path(os.environ.get("ATTACK_TOOLS", HOUSE / ".venv-attack" / "bin"))
CODE = ("backoffice", "accounts", "funding")
# Ruff asks for a reason at each of these, one by one: SQL over our own names, raw SQL, text that is marked safe.
GIVEN_REASONS = "B608,B611,B308"
SECONDS = int(os.environ.get("SECONDS", "180"))
# Where something that was typed comes nearest to the database; the session is a supervisor's, or an auditor's.
ASKED = (
    ("carl", "/operations/?login=128001&state=applied&after=1"),
    ("carl", "/search/?q=128001"),
    ("vera", "/audit/?login=128001&operator_id=mia&action=audit.read"),
)
# Fewer would be a run that could not sign in, or did not find the contract.
FEWEST_CASES = 200
HELD = "all tested parameters do not appear to be injectable"


def main() -> int:
    found = [name for name, attack in CODE_READERS.items() if not _told(name, attack)]
    with scratch.place() as place, House(say=lambda line: None) as house:
        prepare(place)
        house.start([processes.sandbox(place)])
        house.start(processes.house(place))
        found += [name for name, attack in SENDERS.items() if not _told(name, lambda attack=attack: attack(place))]
        house.look()
    print(f"Something was found: {', '.join(found)}." if found else "Nothing was found.")
    return 1 if found else 0


def _told(name, attack):
    begun = time.monotonic()
    holds = attack()
    print(f"  {'ok' if holds else 'FOUND':<6}{name:<52}{time.monotonic() - begun:6.1f} s", flush=True)
    return holds


def bandit() -> bool:
    words = ["bandit", "-q", "-ll", "-s", GIVEN_REASONS, "-x", "*/demo/*,*/migrations/*", "-r", *CODE, "sandbox"]
    return _run(*words)


def semgrep() -> bool:
    return _run(*_scan("--error"), *CODE, "templates")


def semgrep_catches() -> bool:
    """Each rule is held against a sample of what it is there for: one that catches nothing holds nothing."""
    rules = set(re.findall(r"- id: (\S+)", RULES.read_text()))
    with tempfile.TemporaryDirectory(prefix="samples-") as folder:
        # It passes over whatever lies below a folder called tests.
        shutil.copytree(SAMPLES, folder, dirs_exist_ok=True)
        results = json.loads(_output(*_scan("--json"), folder).partition("\n")[0])["results"]
    missed = rules - {result["check_id"].rpartition(".")[2] for result in results}
    if missed:
        print(f"Not caught: {', '.join(sorted(missed))}")
    return not missed


def _scan(how: str) -> list[str]:
    quiet = ["--metrics", "off", "--disable-version-check", "--no-git-ignore", "--quiet", "--jobs", "1"]
    return ["semgrep", "scan", *quiet, how, "--config", str(RULES)]


def schemathesis(place: Place) -> bool:
    """The Manager's stand-in against its contract: what is asked at random is answered as it says, and never with 500."""
    where = ["--url", f"http://127.0.0.1:{place.manager_port}", "-H", "Authorization: Bearer demo-funding-key"]
    held = ["--checks", "not_a_server_error,response_schema_conformance,content_type_conformance"]
    bounds = ["--max-examples", "25", "--phases", "examples,coverage,fuzzing", "--request-timeout", "10", "--no-color"]
    said = _output("schemathesis", "run", "sandbox/openapi.yaml", *where, *held, *bounds)
    counted = re.search(r"(\d+) generated, (\d+) passed", said)
    if not counted or counted[1] != counted[2] or int(counted[1]) < FEWEST_CASES:
        print(said[-6000:])
        return False
    print(f"        {counted[0]}")
    return True


def sqlmap(place: Place) -> bool:
    """Each parameter of what is asked of the database, signed in, as far as it gets in the time that it is given."""
    return all(_is_held(place, who, address) for who, address in ASKED)


def _is_held(place: Place, who: str, address: str) -> bool:
    with Visitor(next(member for member in CAST if member.username == who), url=place.url) as visitor:
        visitor.sign_in()
        cookies = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
    folder = tempfile.mkdtemp(prefix="sqlmap-")
    try:
        bounds = [
            "--batch",
            "--flush-session",
            "--level",
            "1",
            "--risk",
            "1",
            "--technique",
            "BEUS",
            "--disable-coloring",
        ]
        words = ["sqlmap", "-u", place.url + address, "--cookie", cookies, "--output-dir", folder, *bounds]
        said = _output(*words)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if HELD not in said:
        print(said[-3000:])
    return HELD in said


def _run(*words: str) -> bool:
    ran = subprocess.run(
        [TOOLS / words[0], *words[1:]],
        cwd=HOUSE,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if ran.returncode:
        print((ran.stdout + ran.stderr)[-6000:])
    return ran.returncode == 0


def _output(*words: str) -> str:
    ran = subprocess.run(
        [TOOLS / words[0], *words[1:]],
        cwd=HOUSE,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return ran.stdout + ran.stderr


def _environment() -> dict[str, str]:
    """Nothing of ours but where things are; they ask nobody home."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0"}


CODE_READERS = {
    "bandit": bandit,
    "semgrep, with rules of our own": semgrep,
    "each of its rules catches what it is there for": semgrep_catches,
    "wapiti finds what there is to find": scanning.catches,
}
SENDERS = {
    "schemathesis, on the sandbox": schemathesis,
    "sqlmap, on lists, search and trail": sqlmap,
    # Last: it sends every form that it finds.
    "wapiti, on every page, as three people": lambda place: scanning.wapiti(place, seconds=2 * SECONDS),
}

if __name__ == "__main__":
    sys.exit(main())
