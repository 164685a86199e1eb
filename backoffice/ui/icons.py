"""The names of all icons that screens may use, and how the sprite is built from lucide-static.

Run `python -m backoffice.ui.icons FOLDER > static/icons.svg`, where FOLDER holds lucide's `.svg` files.
"""

import re
import sys
from pathlib import Path

NAMES = tuple(
    """
    activity archive arrow-down arrow-down-to-line arrow-left arrow-left-right arrow-right arrow-up arrow-up-from-line
    at-sign badge-check ban banknote bell book-open bookmark building-2 calendar calendar-days chart-column chart-line
    chart-pie check check-check chevron-down chevron-left chevron-right chevron-up chevrons-up-down circle-alert
    circle-check circle-dashed circle-pause circle-question-mark circle-x clipboard-check clock coins columns-3 contact
    copy credit-card database download ellipsis external-link eye eye-off file-check file-spreadsheet file-text
    fingerprint-pattern flag folder-open funnel gift git-compare globe hand hash history hourglass house id-card inbox
    info key-round keyboard landmark layers link list-checks list-filter loader-circle lock lock-open log-in log-out
    mail menu message-square minus monitor moon octagon-x package paperclip pause pencil percent phone play plug plus
    power receipt refresh-cw rotate-ccw save scale scroll-text search send server settings shield shield-alert
    shield-check shield-x signature sliders-horizontal smartphone sparkles split star sun tag timer trash-2
    trending-up triangle-alert undo-2 unplug upload user user-check user-cog user-plus user-x users wallet webhook
    workflow x
    """.split()
)
HEAD = '<svg xmlns="http://www.w3.org/2000/svg">'


def sprite(folder: Path) -> str:
    """One SVG with a symbol for each name; colour and stroke come from the stylesheet."""
    return "\n".join([HEAD, *(_symbol(folder, name) for name in NAMES), "</svg>\n"])


def _symbol(folder: Path, name: str) -> str:
    drawing = (folder / f"{name}.svg").read_text(encoding="utf-8")
    inside = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
    if inside is None:
        raise ValueError(f"{name}.svg is not a drawing of lucide's.")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(inside[1].split())}</symbol>'


if __name__ == "__main__":
    sys.stdout.write(sprite(Path(sys.argv[1])))
