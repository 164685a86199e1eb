"""Keyset paging: there and back again over every row once, in both orders, and an end that knows it is one."""

import pytest
from django.http import QueryDict

from backoffice.operators.models import Person
from backoffice.ui.pages import keyset

pytestmark = pytest.mark.django_db
COUNT, SIZE = 7, 3


@pytest.fixture
def rows():
    Person.objects.bulk_create(Person() for _ in range(COUNT))
    return Person.objects.all()


@pytest.mark.parametrize("oldest_first", [False, True])
def test_every_row_is_seen_once_and_the_way_back_is_the_same(rows, oldest_first):
    pages, address = [], ""
    while not pages or address:
        page, pager = keyset(rows, QueryDict(address[1:]), size=SIZE, oldest_first=oldest_first)
        pages.append(page)
        address = pager.following
    seen = [row.pk for page in pages for row in page]
    back, _ = keyset(rows, QueryDict(pager.previous[1:]), size=SIZE, oldest_first=oldest_first)

    assert seen == sorted(seen, reverse=not oldest_first)
    assert len(seen) == COUNT
    assert back == pages[-2]


@pytest.mark.parametrize(("oldest_first", "labels"), [(False, ("Newer", "Older")), (True, ("Earlier", "Later"))])
def test_its_ends_are_called_as_the_order_has_it(rows, oldest_first, labels):
    _, pager = keyset(rows, QueryDict(), size=SIZE, oldest_first=oldest_first)

    assert (pager.previous_label, pager.following_label) == labels
    assert (pager.previous, bool(pager.following)) == ("", True)


def test_a_list_that_fits_needs_no_pager(rows):
    _, pager = keyset(rows, QueryDict("state=open"), size=50)

    assert not pager.is_needed


def test_a_place_that_is_none_is_the_beginning_and_filters_stay(rows):
    page, pager = keyset(rows, QueryDict("after=nowhere&state=a&state=b"), size=SIZE)

    assert len(page) == SIZE
    assert pager.following.startswith("?state=a&state=b&after=")
