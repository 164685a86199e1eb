"""The tags of every screen: small enough to stand in each cell of a table."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from backoffice.ui import icons, text
from backoffice.ui.chips import PLACES, Chip, chips_of

register = template.Library()

NOTHING = format_html('<span class="nothing">{}</span>', text.NOTHING)
VERDICTS = {
    "ok": "circle-check", "warn": "triangle-alert", "block": "octagon-x", "info": "info", "unknown": "circle-question-mark",
}  # fmt: skip


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing from the sprite; without a label it only decorates the words beside it."""
    if name not in icons.NAMES:
        raise ValueError(f"{name!r} is not in the sprite; add it to backoffice/ui/icons.py.")
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"></use></svg>', spoken, _sprite(), name)


@register.simple_tag
def verdict_icon(verdict: str) -> SafeString:
    return icon(VERDICTS[verdict])


@register.simple_tag
def money(amount: Decimal | None, currency: str) -> SafeString:
    return NOTHING if amount is None else _data(amount, text.figure(amount), currency)


@register.simple_tag
def difference(amount: Decimal | None, currency: str) -> SafeString:
    """Money with its sign always written: what an operation adds or takes."""
    return NOTHING if amount is None else _data(amount, text.difference(amount), currency)


@register.simple_tag
def number(amount: Decimal | int | None) -> SafeString:
    """A figure without a currency: lots, accounts, a rate."""
    if isinstance(amount, bool) or amount is None:
        return NOTHING
    return format_html(
        '<span class="figure">{}</span>', text.figure(Decimal(amount) if isinstance(amount, int) else amount)
    )


@register.simple_tag
def when(at: datetime | None, style: str = "short") -> SafeString:
    """One of the styles full, short, weekday, date, time, age and ago; UTC always stands in the title."""
    if at is None:
        return NOTHING
    written = text.STYLES[style](at, timezone.now())
    title = f"{text.utc(at):%Y-%m-%d %H:%M:%S} UTC"
    return format_html(
        '<time datetime="{}" title="{}" data-style="{}">{}</time>', text.machine(at), title, style, written
    )


@register.simple_tag
def server(at: datetime) -> str:
    """What people agree on, in the trade server's zone."""
    return text.server(at, timezone.now())


@register.simple_tag
def badge(label: str, tone: str = "") -> SafeString:
    return format_html('<span class="badge" data-tone="{}">{}</span>', tone, label)


@register.simple_tag
def login(number: int | None) -> SafeString:
    """A trading account's login leads to its page wherever it stands; the address is one of the architecture's."""
    return NOTHING if number is None else format_html('<a class="login" href="/accounts/{0}/">{0}</a>', int(number))


@register.simple_tag
def person(name: str, note: str = "") -> SafeString:
    """A name in its own direction of writing, behind its initials."""
    more = format_html(' <span class="muted">{}</span>', note) if note else ""
    return format_html(
        '<span class="person"><span class="avatar" aria-hidden="true">{}</span><bdi>{}</bdi>{}</span>',
        text.initials(name), name, more,
    )  # fmt: skip


@register.simple_tag
def avatar(name: str) -> SafeString:
    return format_html('<span class="avatar" aria-hidden="true">{}</span>', text.initials(name))


@register.simple_tag
def bar(percent: Decimal | int | None, tone: str = "accent") -> SafeString:
    """Drawn as SVG, since the content security policy forbids a style attribute; the figure stands beside it."""
    width = min(max(Decimal(percent or 0), Decimal(0)), Decimal(100))
    return format_html(
        '<svg class="bar" data-tone="{}" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="4"></rect><rect width="{}" height="4"></rect></svg>',
        tone, f"{width:f}",
    )  # fmt: skip


@register.simple_tag
def show(value: object, currency: str = "") -> SafeString:
    """Whatever a field of an instruction holds, written as its kind is written everywhere."""
    match value:
        case None | "":
            return NOTHING
        case bool():
            return format_html("{}", "Yes" if value else "No")
        case Decimal():
            return money(value, currency) if currency else number(value)
        case datetime():
            return when(value, "full")
        case date():
            # A day that stands by itself belongs to no zone, so nothing rewrites it.
            return format_html('<time datetime="{}">{}</time>', value.isoformat(), f"{value.day} {value:%b %Y}")
        case _:
            return format_html("<bdi>{}</bdi>", value)


@register.simple_tag(takes_context=True)
def sortable(context: template.Context, label: str, name: str, align: str = "") -> SafeString:
    """A table header that sorts by `name`; figures (align "end") start with the largest."""
    request: HttpRequest = context["request"]
    now = str(context.get("sort") or request.GET.get("sort", ""))
    descending = f"-{name}"
    order = {name: "ascending", descending: "descending"}.get(now, "")
    following = {name: descending, descending: name}.get(now, descending if align == "end" else name)
    return format_html(
        '<th scope="col" class="{}"{}><a href="{}">{}{}</a></th>',
        "num" if align == "end" else "", format_html(' aria-sort="{}"', order) if order else "",
        _address(request, following), label,
        icon("arrow-up" if order == "ascending" else "arrow-down") if order else "",
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def chips(context: template.Context, form: Any) -> list[Chip]:
    return chips_of(form, context["request"].GET)


@register.filter
def narrowed(all_chips: list[Chip]) -> bool:
    """Whether any filter of a list holds something, so that there is something to clear."""
    return any(chip.value for chip in all_chips)


@register.filter
def short_hash(digest: str) -> str:
    """Enough of a SHA-256 to compare by eye; the whole stands elsewhere on the page."""
    return f"{digest[:4]} {digest[4:8]} … {digest[-4:]}"


def _address(request: HttpRequest, sort: str) -> str:
    query = request.GET.copy()
    # A new order starts from the first row.
    for place in PLACES:
        query.pop(place, None)
    query["sort"] = sort
    return f"?{query.urlencode()}"


def _data(amount: Decimal, written: str, currency: str) -> SafeString:
    return format_html(
        '<data class="money" value="{}">{} <span class="ccy">{}</span></data>', f"{amount:f}", written, currency
    )


@cache
def _sprite() -> str:
    return static("icons.svg")
