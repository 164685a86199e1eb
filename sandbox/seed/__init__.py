"""The world that a fresh sandbox begins with: the same accounts and the same past each time, up to today."""

import json
import sqlite3
from decimal import Decimal
from functools import lru_cache
from random import Random

from sandbox import accounts, clock, deals, storage
from sandbox.accounts import Account
from sandbox.deals import Deal
from sandbox.groups import GROUPS
from sandbox.seed import figures, past, people, stories
from sandbox.seed.stories import Told

SEED = 20_261_123
LIVE = range(128_001, 128_341)
DEMO = range(129_001, 129_061)
COVERAGE = 129_901


def is_bare(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM accounts LIMIT 1").fetchone() is None


def plant(db: sqlite3.Connection) -> None:
    """Puts the seed in the place of all that is there."""
    world, ledger = _rows(clock.now() // clock.DAY * clock.DAY)
    with storage.unit(db):
        storage.emptied(db)
        db.executemany("INSERT INTO accounts VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", world)
        db.executemany("INSERT INTO deals VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", ledger)
        db.execute("INSERT INTO requests SELECT request_id, deal_id, NULL FROM deals WHERE request_id IS NOT NULL")


# Kept for the day, since tests begin again before each of hundreds.
@lru_cache(maxsize=1)
def _rows(today: int) -> tuple[list[Account], list[Deal]]:
    rng = Random(SEED)
    world = _world(rng, now=today)
    past_deals = (deal for account in world for deal in past.of(rng, account, now=today))
    ledger = sorted(past_deals, key=lambda deal: deal.time)
    return world, [deal._replace(deal_id=number) for number, deal in enumerate(ledger, deals.FIRST)]


def _world(rng: Random, *, now: int) -> list[Account]:
    told = {story.login: story for story in stories.TOLD}
    live = [
        _from_story(rng, told[login], now=now) if login in told
        else figures.drawn(rng, login=login, group_name=figures.live_group(rng), now=now)
        for login in LIVE
    ]  # fmt: skip
    demo = [figures.drawn(rng, login=login, group_name="demo\\standard-usd", now=now) for login in DEMO]
    return [*live, *demo, _coverage(rng, now=now)]


def _from_story(rng: Random, told: Told, *, now: int) -> Account:
    step = 10 ** GROUPS[told.group].digits
    money = (told.balance, told.credit, told.floating, told.margin)
    balance, credit, floating, margin = (int(Decimal(figure) * step) for figure in money)
    person = people.person(rng, told.name, login=told.login, nation=people.of(told.country))
    return Account(
        told.login, told.group, told.leverage, balance, credit, floating, margin,
        json.dumps(accounts.PERMISSIONS), json.dumps(person), now - 400 * clock.DAY, now - clock.DAY,
    )  # fmt: skip


def _coverage(rng: Random, *, now: int) -> Account:
    account = figures.drawn(rng, login=COVERAGE, group_name="coverage\\lp1", now=now)
    person = {"name": "Liquidity provider 1", "email": "desk@lp1.example", "country": "United Kingdom"}
    return account._replace(
        balance=250_000_000, credit=0, floating=-1_841_220, margin=36_400_000, leverage=100,
        permissions=json.dumps(accounts.PERMISSIONS), person=json.dumps(person),
    )  # fmt: skip
