"""The makers and checkers: they put instructions through the desk at a given pace, and remember what they approved when.

Some pairs of them sit at the web's pages; the others call what stands behind those pages, so that a run of thousands
is not one of rendering.
"""

import heapq
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db import connections

from backoffice.demo.processes import Place
from backoffice.demo.visitor import Astray
from backoffice.manager.wire import Account
from backoffice.operations.desk import Refusal
from bench.faults.asking import Asking, Unanswered
from bench.faults.behind import AWAY, PairBehindThePages
from bench.faults.pages import TYPED, PairAtThePages
from bench.faults.wishes import Wish

# Maker and checker; a login's operations are one pair's, so that they have one order of approval.
BEHIND_THE_PAGES = 2 * (("mia", "carl"), ("nils", "chen"), ("mia", "chen"), ("nils", "carl"))
AT_THE_PAGES = (("mia", "carl"), ("nils", "chen"))
PAIRS = BEHIND_THE_PAGES + AT_THE_PAGES
AGAIN_AFTER = 3.0


@dataclass(kw_only=True)
class People:
    """All pairs at once, until everything is submitted and approved, or could not be."""

    wishes: list[Wish]
    accounts: dict[int, Account]
    place: Place
    patience: float
    approved: dict[int, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    at_pages: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pairs = [Pair(self, n) for n in range(len(PAIRS))]

    def work(self) -> None:
        threads = [threading.Thread(target=pair.work) for pair in self.pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


class Pair:
    """One maker and one checker, who see each wish through before they turn to the next."""

    def __init__(self, people: People, n: int) -> None:
        self.people = people
        self.share = [wish for wish in people.wishes if wish.login % len(PAIRS) == n]
        self.behind = PairBehindThePages(*PAIRS[n], people.accounts)
        self.pages: PairAtThePages | None = None
        if n >= len(BEHIND_THE_PAGES):
            maker, checker = (Asking(name, people.place, told=people.at_pages) for name in PAIRS[n])
            self.pages = PairAtThePages(maker, checker, people.accounts)

    def work(self) -> None:
        """By the wishes' own times; what is refused for now is asked again later."""
        begun, end = time.monotonic(), time.monotonic() + self.people.patience
        heapq.heapify(self.share)
        while self.share and time.monotonic() < end:
            wish = heapq.heappop(self.share)
            time.sleep(max(0.0, begun + wish.at - time.monotonic()))
            if not self._is_put_through(wish):
                heapq.heappush(self.share, replace(wish, at=time.monotonic() - begun + AGAIN_AFTER))
        self.people.failed += [f"wish {wish.number} was not taken in time" for wish in self.share]
        connections.close_all()

    def _is_put_through(self, wish: Wish) -> bool:
        """Whether it need not be asked again: it is approved, or it failed, which is told."""
        way = self.pages if self.pages and wish.kind in TYPED else self.behind
        try:
            pk = way.put_through(wish)
        except (Refusal, Unanswered, Astray, *AWAY) as failure:
            self.people.failed.append(f"wish {wish.number}: {type(failure).__name__}: {failure}")
            return True
        if pk:
            self.people.approved[wish.login].append(pk)
        return pk is not None
