"""Asks axe-core what is wrong with a page for people who see, hear or point differently."""

from pathlib import Path

from playwright.sync_api import Page

AXE = (Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js").read_text(encoding="utf-8")
ASK = """(rules) => axe.run(document, {resultTypes: ["violations"], ...(rules.length && {runOnly: rules})}).then(({violations}) => violations.flatMap(
    ({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`)))"""


def violations(page: Page, *rules: str) -> list[str]:
    """What all rules find, or only those that are named."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(ASK, list(rules))
    return found
