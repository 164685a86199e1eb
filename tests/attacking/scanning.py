"""wapiti as somebody who is signed in: it walks the pages, sends every form it finds, and what it says is held against a list."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from backoffice.demo.cast import CAST
from backoffice.demo.processes import Place
from backoffice.demo.visitor import Visitor

HOUSE = Path(__file__).resolve().parent.parent.parent
TOOLS = Path(os.environ.get("SCANNER_TOOLS", HOUSE / ".venv-scanner" / "bin"))
# Without those that ask a machine of wapiti's own outside (ssrf, xxe, log4shell), or fetch lists from elsewhere (nikto, wapp, cms).
MODULES = (
    "backup,cookieflags,crlf,csp,exec,file,htaccess,http_headers,methods,permanentxss,redirect,sql,timesql,upload,xss"
)
SCANNED = ("carl", "mia", "ada")
# What would end its own session, or lock its person out.
LEFT_OUT = ("sign-out/*", "sign-in/*", "sessions/*", "second-factor/*")
# Fewer would be a walk that was sent to the page of signing in.
FEWEST_PAGES = 12
SECONDS_FOR_EACH_ATTACK = 12
# By category and what its words hold: why it is none.
ACCEPTED = {
    ("HTTP Strict Transport Security (HSTS)", "Strict-Transport-Security"): (
        "The demo is served without TLS on loopback; outside of it the header is there (tests/safety/test_front.py)."
    ),
    ("Secure Flag cookie", "cookie"): (
        "The same; outside of the demo each cookie is Secure and __Host-, or nothing starts (safety.cookie)."
    ),
    (
        "HttpOnly Flag cookie",
        "csrftoken",
    ): "It is the token that forms carry; reading it tells a script nothing that the page does not.",
}


def wapiti(place: Place, *, seconds: int) -> bool:
    return all(_finds_nothing(place, who, seconds=seconds // len(SCANNED)) for who in SCANNED)


def _finds_nothing(place: Place, who: str, *, seconds: int) -> bool:
    with Visitor(next(member for member in CAST if member.username == who), url=place.url) as visitor:
        visitor.sign_in()
        cookies = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
    folder = Path(tempfile.mkdtemp(prefix="wapiti-"))
    try:
        said = _scan(place, cookies, folder, seconds=seconds)
        report = json.loads((folder / "report.json").read_text())
    except FileNotFoundError:
        print(said[-3000:])
        return False
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _judged(report, who)


def _scan(place: Place, cookies: str, folder: Path, *, seconds: int) -> str:
    # More at once than this, and its own database locks it out on a busy machine.
    bounds = ["--tasks", "4", "--depth", "4", "--max-files-per-dir", "40", "--max-links-per-page", "60"]
    bounds += [
        "--max-scan-time",
        str(seconds // 3),
        "--max-attack-time",
        str(SECONDS_FOR_EACH_ATTACK),
        "--timeout",
        "10",
    ]
    kept = [
        "--flush-session",
        "--no-bugreport",
        "--endpoint",
        "http://127.0.0.1:1/",
        "--dns-endpoint",
        "localhost",
        "--store-session",
        str(folder),
        "--store-config",
        str(folder),
    ]
    told = ["-f", "json", "-o", str(folder / "report.json"), "--color", "-v", "1"]
    out = [word for path in LEFT_OUT for word in ("-x", f"{place.url}/{path}")]
    words = [
        "-u",
        f"{place.url}/",
        "-m",
        MODULES,
        "--cookie-value",
        cookies,
        *bounds,
        *kept,
        *told,
        *out,
    ]
    # It has no home here: it would leave its databases there.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "NO_PROXY": "*"}
    try:
        ran = subprocess.run(
            [TOOLS / "wapiti", *words],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=seconds * 2,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return f"It did not end by itself. {late.stdout!r}"
    return ran.stdout + ran.stderr


def _judged(report: dict, who: str) -> bool:
    found = [
        f"{category}: {each['method']} {each['path']} {each['parameter']} {each['info']}"
        for part in ("vulnerabilities", "anomalies")
        for category, all_of_it in report[part].items()
        for each in all_of_it
        if not _is_accepted(category, each["info"])
    ]
    pages = report["infos"]["crawled_pages_nbr"]
    print(f"        as {who}: {pages} pages and forms")
    print("\n".join(found[:40]), end="\n" if found else "")
    return not found and pages >= FEWEST_PAGES


def _is_accepted(category: str, words: str) -> bool:
    return any(category == of and re.search(part, words) for of, part in ACCEPTED)
