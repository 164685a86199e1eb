"""What is sent by whoever means ill: values that break parsers, names that come twice or as lists, bodies of another kind."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote_plus

from hypothesis import strategies as st

HUGE = 1_000_000
WORDS = [
    *("", " ", "\x00", "a\x00b", "\r\nSet-Cookie: a=b", "\t", "\x1b[31m", "\x7f", "\x85"),
    *(
        "\u202eevil",
        "\u2066x",
        "\u200b",
        "\ufeff",
        "\u00ad",
        "\u2028",
        "\ue000",
        "\ufffe",
        "\U0010ffff",
        "e\u0301" * 50,
    ),
    *("\ud800", "\udfff\ud800", "a\udc80b"),
    *(
        "0",
        "-0",
        "-1",
        "1e9",
        "1E999",
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "0x10",
        "1_000",
        "1,000.00",
        "+1",
        "1.",
        ".1",
    ),
    *(
        "9" * 18,
        "9" * 19,
        "9" * 40,
        "9" * 4301,
        "-" + "9" * 30,
        "0." + "0" * 400 + "1",
        "2147483648",
        "9223372036854775808",
    ),
    *("２５０", "٢٥٠", "२५०", "²", "½", "Ⅷ", "𝟗"),
    *(
        "null",
        "None",
        "undefined",
        "true",
        "[]",
        "{}",
        '{"a":[1,2]}',
        "[" * 5000,
        '"',
        "'",
        "\\",
        "%",
        "%00",
        "%ff",
        "_",
    ),
    *(
        "' OR 1=1 --",
        '";DROP TABLE x;--',
        "1;SELECT pg_sleep(9)",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "{% debug %}",
    ),
    *(
        "../../etc/passwd",
        "//evil.example",
        "javascript:alert(1)",
        "https://evil.example/",
        "/\\evil.example",
        "~",
        "~~",
        "a~b",
    ),
    *(
        "0000-00-00",
        "2026-02-30",
        "9999-12-31",
        "10000-01-01",
        "0001-01-01",
        "-1-01-01",
        "2026-13",
        "0000-01",
        "9999-12",
    ),
    *("9999-12-31T23:59", "0001-01-01T00:00", "2026-03-29T03:30", "9999-12-31T23:59:59.999999-23:59", "24:00", "25:61"),
    *("0" * 8 + "-0000-0000-0000-" + "0" * 12, "f" * 32, "{" + "0" * 32 + "}", "urn:uuid:" + "0" * 32),
    *("=1+1", "@SUM(A1)", "\U0001f4b6" * 200, "a" * 4000, "é" * HUGE, "9" * HUGE, " " * HUGE, "\x00" * 1000),
]
VALUES = st.sampled_from(WORDS) | st.text(max_size=30) | st.text(alphabet="0123456789.-+eE:T~/ ", max_size=30)
MARKS = st.sampled_from(["", "", "", "", "[]", "[0]", "[$ne]", "__in", "__regex", ".x", "\x00", " "])
KINDS = st.sampled_from(["form"] * 7 + ["parts", "json", "junk parts", "other charset", "nothing"])


def encoded(pairs: list[tuple[str, str]]) -> bytes:
    """As a form is sent, lone surrogates as the bytes that no decoder takes."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs).encode()


def body(kind: str, pairs: list[tuple[str, str]]) -> tuple[bytes, str]:
    """The bytes of a body and what they are said to be."""
    form = "application/x-www-form-urlencoded"
    if kind == "parts":
        return _parts(pairs), "multipart/form-data; boundary=xyz"
    if kind == "junk parts":
        return _parts(pairs)[: len(pairs) * 40], "multipart/form-data; boundary=xyz"
    return {
        "json": (b'{"amount": [1, {"a": null}], "login": 1e999}', "application/json"),
        "other charset": (encoded(pairs), f"{form}; charset=utf-7"),
        "nothing": (b"", form),
    }.get(kind, (encoded(pairs), form))


def _parts(pairs: list[tuple[str, str]]) -> bytes:
    head = '--xyz\r\nContent-Disposition: form-data; name="{}"\r\n\r\n'
    told = [head.format(name.replace("\r", "").replace("\n", "")) + value + "\r\n" for name, value in pairs]
    return ("".join(told) + "--xyz--\r\n").encode("utf-8", "surrogatepass")


def _quoted(text: str) -> str:
    return quote_plus(text, errors="surrogatepass")


class Forms(HTMLParser):
    """The forms of a page with what a browser would send of them: [(action, method, {name: value})]."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, dict[str, str]]] = []
        self.choosing = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("action", ""), given.get("method", "get").lower(), {}))
        if not self.found:
            return
        fields = self.found[-1][2]
        if tag == "option" and self.choosing and not fields.get(self.choosing):
            fields[self.choosing] = given.get("value", "")
        elif tag in ("input", "textarea", "select", "button") and given.get("name"):
            fields.setdefault(given["name"], given.get("value", ""))
            self.choosing = given["name"] if tag == "select" else self.choosing

    def handle_endtag(self, tag: str) -> None:
        self.choosing = "" if tag == "select" else self.choosing
