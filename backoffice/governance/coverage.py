"""Whether there are people enough: for each verdict that can be asked for, distinct persons with the roles, apart from its maker."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from backoffice.access import Role
from backoffice.governance.amendments import Amendment
from backoffice.operations.instructions import KINDS
from backoffice.operations.models import MAKES
from backoffice.operations.policy import Rules
from backoffice.operations.quorum import needs_of
from backoffice.operations.rules import USUAL, Places
from backoffice.operations.terms import fits
from backoffice.operations.versions import in_force
from backoffice.operators.staff import Holder, holders, staff

SUPERVISOR, ADMINISTRATOR, COMPLIANCE = (
    frozenset({str(role)}) for role in (Role.SUPERVISOR, Role.ADMINISTRATOR, Role.COMPLIANCE)
)
NUMBERS = ("nobody", "one is", "two are", "three are", "four are", "five are")
MOST_SAID = 3
State = tuple[Rules, Sequence[Holder]]


@dataclass(frozen=True)
class Asked:
    """A verdict that may be asked for: what people call it, its places, and the roles of those who may be its maker."""

    words: str
    places: Places
    makers: frozenset[str]
    # Requests alone are decided for somebody else; everything else takes whoever holds the role themselves.
    is_request: bool = True

    def roles_of(self, who: Holder) -> frozenset[str]:
        return who.roles | who.lent if self.is_request else who.roles


@dataclass(frozen=True)
class Shortfall:
    """A verdict for which people are lacking: of these roles so many are needed, and only these persons are there."""

    asked: Asked
    roles: frozenset[str]
    needed: int
    there: tuple[str, ...]
    maker: str = ""

    @property
    def key(self) -> tuple[Places, frozenset[str], bool, frozenset[str]]:
        return self.asked.places, self.asked.makers, self.asked.is_request, self.roles

    @property
    def lacks(self) -> int:
        return self.needed - len(self.there)

    @property
    def words(self) -> str:
        """Such as: only Carl could approve “Withdrawal”: two are needed (supervisor)."""
        return told([self])


def told(alike: Sequence[Shortfall]) -> str:
    """Verdicts that lack the same, in one sentence."""
    one, what = alike[0], ", ".join(f"“{each.asked.words}”" for each in alike)
    who = f"only {_and(one.there)} could" if one.there else "nobody could"
    where = f" where {one.maker} asks for it" if one.maker else ""
    return f"{who} approve {what}{where}: {NUMBERS[one.needed]} needed ({' or '.join(sorted(one.roles))})"


def shortfalls(rules: Rules, people: Sequence[Holder]) -> list[Shortfall]:
    """Every verdict that could be asked for and never be given; for each what it lacks most."""
    return [_most(group) for group in _groups(rules, people)]


def today() -> list[Shortfall]:
    """As things stand now. Raises NoPolicy."""
    return shortfalls(in_force().rules, holders(staff()))


def why_not(amendment: Amendment) -> str:
    """That a change would leave something without enough people which has them today, in words; empty where it leaves nothing so."""
    rules, members = in_force().rules, staff()
    after = amendment.rules(rules), holders(amendment.staff(members))
    worse = [each.words for each in worsened((rules, holders(members)), after)]
    if not worse:
        return ""
    more = f"; and {len(worse) - MOST_SAID} more" if len(worse) > MOST_SAID else ""
    return f"After this, {'; '.join(worse[:MOST_SAID])}{more}."


def worsened(before: State, after: State) -> list[Shortfall]:
    """What lacks more people than it did; each set of roles is compared with itself, for another may have lacked more."""
    lacked = {each.key: each.lacks for group in _groups(*before) for each in group}
    groups = [[each for each in group if each.lacks > lacked.get(each.key, 0)] for group in _groups(*after)]
    return [_most(group) for group in groups if group]


def asked_for(rules: Rules) -> list[Asked]:
    """What rules may ask for, what is asked without any rule, and what no rule can take away."""
    made = {kind: frozenset({str(MAKES[of.lane])}) for kind, of in KINDS.items() if of.lane in MAKES}
    everybody = frozenset().union(*made.values())
    of_rules = [
        Asked(rule.words, rule.places, frozenset().union(*(made[kind] for kind in made if fits(kind, rule.kinds))))
        for rule in rules.all
        if rule.places and rule.number in rules.active
    ]
    return [
        *of_rules,
        Asked("Whatever no rule is about", USUAL, everybody),
        Asked("How an exception ends", (SUPERVISOR, SUPERVISOR), everybody, is_request=False),
        Asked(
            "Changes of the rules and of people",
            (ADMINISTRATOR, ADMINISTRATOR, COMPLIANCE),
            frozenset(),
            is_request=False,
        ),
    ]


def _groups(rules: Rules, people: Sequence[Holder]) -> list[list[Shortfall]]:
    """For each verdict for which people are lacking, each set of roles of which too few are there."""
    known: dict[tuple[Places, frozenset[str], bool], list[Shortfall]] = {}
    groups = []
    for asked in asked_for(rules):
        # Many rules ask for the same of the same: a thousand rules are a handful of questions.
        alike = asked.places, asked.makers, asked.is_request
        if alike not in known:
            known[alike] = _short(asked, people)
        groups.append([replace(short, asked=asked) for short in known[alike]])
    return [group for group in groups if group]


def _short(asked: Asked, people: Sequence[Holder]) -> list[Shortfall]:
    """Of each set of roles what lacks most, whoever of those who may make it makes it; a maker who checks nothing changes nothing."""
    checks = frozenset().union(*asked.places)
    makers: list[Holder | None] = [who for who in people if who.roles & asked.makers and asked.roles_of(who) & checks]
    worst: dict[frozenset[str], Shortfall] = {}
    for short in (short for maker in (None, *makers) for short in _lacking(asked, people, maker)):
        if short.roles not in worst or short.lacks > worst[short.roles].lacks:
            worst[short.roles] = short
    return list(worst.values())


def _most(group: Iterable[Shortfall]) -> Shortfall:
    """What lacks most; among equals the narrowest roles, which say most."""
    return max(group, key=lambda short: (short.lacks, -len(short.roles), sorted(short.roles)))


def _lacking(asked: Asked, people: Iterable[Holder], maker: Holder | None) -> list[Shortfall]:
    others = [who for who in people if who is not maker]
    name = maker.name if maker else ""
    found = []
    for roles, needed in needs_of(asked.places).items():
        there = tuple(who.name for who in others if asked.roles_of(who) & roles)
        if len(there) < needed:
            found.append(Shortfall(asked, roles, needed, there, name))
    return found


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
