"""wapiti as somebody who is signed in: it walks the pages, sends every form it finds, and what it says is held against a list."""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, make_server

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
    ("Secure Flag cookie", "cookie"): (
        "The demo is served without TLS, on loopback; outside of it each cookie is Secure and __Host-, or nothing starts (safety.cookie)."
    ),
}


def catches() -> bool:
    """It is held against a page that says back what it was asked: a scanner that finds nothing there finds nothing anywhere."""
    with make_server("127.0.0.1", 0, _says_it_back, handler_class=_Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        report, said = _report(f"http://127.0.0.1:{server.server_port}", "", seconds=30, modules="xss")
        server.shutdown()
    found = report and report["vulnerabilities"].get("Reflected Cross Site Scripting")
    if not found:
        print(said[-3000:])
    return bool(found)


def _says_it_back(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    asked = parse_qs(environ["QUERY_STRING"]).get("q", [""])[0]
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [f"<!doctype html><a href='/?q=1'>More</a><p>{asked}</p>".encode()]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Says nothing."""


def wapiti(place: Place, *, seconds: int) -> bool:
    return all(_finds_nothing(place, who, seconds=seconds // len(SCANNED)) for who in SCANNED)


def _finds_nothing(place: Place, who: str, *, seconds: int) -> bool:
    with Visitor(next(member for member in CAST if member.username == who), url=place.url) as visitor:
        visitor.sign_in()
        cookies = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
    report, said = _report(place.url, cookies, seconds=seconds, modules=MODULES)
    if report is None:
        print(said[-3000:])
        return False
    return _judged(report, who)


def _report(url: str, cookies: str, *, seconds: int, modules: str) -> tuple[dict[str, Any] | None, str]:
    """What it found, None where it did not come so far; and what it said."""
    with tempfile.TemporaryDirectory(prefix="wapiti-", ignore_cleanup_errors=True) as kept:
        said = _scan(url, cookies, Path(kept), seconds=seconds, modules=modules)
        there = Path(kept) / "report.json"
        return (json.loads(there.read_text()) if there.is_file() else None), said


def _scan(url: str, cookies: str, folder: Path, *, seconds: int, modules: str) -> str:
    # More tasks at once, and its own database locks it out on a busy machine.
    bounds = [
        "--tasks",
        "4",
        "--depth",
        "4",
        "--max-files-per-dir",
        "40",
        "--max-links-per-page",
        "60",
        "--timeout",
        "10",
    ]
    bounds += ["--max-scan-time", str(seconds // 3), "--max-attack-time", str(SECONDS_FOR_EACH_ATTACK)]
    # What it would ask outside for is at an address where nobody listens.
    alone = ["--no-bugreport", "--endpoint", "http://127.0.0.1:1/", "--dns-endpoint", "localhost"]
    kept = ["--flush-session", "--store-session", str(folder), "--store-config", str(folder)]
    told = ["-f", "json", "-o", str(folder / "report.json"), "--color", "-v", "1"]
    out = [word for path in LEFT_OUT for word in ("-x", f"{url}/{path}")]
    # Not with --drop-set-cookie, which takes the cookies out of what is sent, too.
    signed_in = ["--cookie-value", cookies] if cookies else []
    words = [TOOLS / "wapiti", "-u", f"{url}/", "-m", modules, *signed_in, *bounds, *alone, *kept, *told, *out]
    # It would leave its databases at home.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "NO_PROXY": "*"}
    try:
        ran = subprocess.run(
            words, env=environment, cwd=folder, capture_output=True, text=True, timeout=4 * seconds, check=False
        )
    except subprocess.TimeoutExpired as late:
        return f"It did not end by itself. {late.stdout!r}"
    return ran.stdout + ran.stderr


def _judged(report: dict[str, Any], who: str) -> bool:
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
