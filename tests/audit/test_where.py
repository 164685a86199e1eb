"""Which address is taken for somebody's: what our own proxies say counts, and what comes from further out is anybody's word."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from backoffice.audit.middleware import Middleware
from backoffice.audit.where import here


@pytest.fixture
def seen():
    def of(**headers):
        kept = []

        def view(request):
            kept.append(here().ip)
            return HttpResponse()

        Middleware(view)(RequestFactory(REMOTE_ADDR="10.0.0.1").get("/", headers=headers))
        return kept[0]

    return of


def test_without_a_proxy_of_ours_the_header_is_anybodys_word(seen, settings):
    settings.TRUSTED_PROXIES = 0

    assert seen(x_forwarded_for="6.6.6.6") == "10.0.0.1"
    assert seen(x_real_ip="6.6.6.6", forwarded="for=6.6.6.6") == "10.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "told", "is_from"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6,,  203.0.113.9 ", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        (2, "10.0.0.7", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "x" * 400, "x" * 45),
    ],
)
def test_an_address_is_what_the_outermost_of_our_own_proxies_saw(proxies, told, is_from, seen, settings):
    settings.TRUSTED_PROXIES = proxies

    assert seen(x_forwarded_for=told) == is_from
