"""The policy that is shipped: version 1, the defaults of the trade, each rule with its number, and why it is there."""

from typing import Any

NOTE = "The shipped defaults. A house tunes them to its own trade, by a version of its own."

FUNDING = ["funding.*"]
DEPOSIT, WITHDRAWAL = ["funding.deposit"], ["funding.withdrawal"]
CREDIT_IN, GIVEN = ["funding.credit_in"], ["funding.credit_in", "funding.correction", "funding.bonus"]
RESET, TRANSFER = ["funding.negative_balance_reset"], ["funding.transfer"]
LEVERAGE, GROUP = ["accounts.leverage"], ["accounts.group"]
ONE = [["supervisor"]]
TWO = [["supervisor"], ["supervisor"]]
SECOND_MAY_BE_FINANCE = [["supervisor"], ["finance", "supervisor"]]
# At least two: where a row asks for finance or compliance, that is the second.
SECOND_MAY_BE_ANY = [["supervisor"], ["compliance", "finance", "supervisor"]]
WITH_FINANCE = [["supervisor"], ["finance"]]
WITH_COMPLIANCE = [["supervisor"], ["compliance"]]
WITH_BOTH = [["supervisor"], ["finance"], ["compliance"]]
BLOCK = "block"
NO_CLIENT_MONEY = {"fact": "group_type", "one_of": ["demo", "test"]}
DAY, WEEK, MONTH = 24, 168, 720


def rule(number: str, words: str, kinds: list[str], needs: Any, *when: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One rule of client money: where the catalogue says that a group has none, only the rule that says so applies."""
    unless = [] if needs == BLOCK else [NO_CLIENT_MONEY]
    return {
        "number": number,
        "words": words,
        "kinds": kinds,
        "needs": needs,
        "when": list(when),
        "unless": unless,
    } | more


def usd(**bound: str) -> dict[str, Any]:
    return {"fact": "usd", **bound}


def is_(fact: str, *, there: bool = True) -> dict[str, Any]:
    return {"fact": fact, "is": there}


def summed(subject: str, of: list[str], hours: int, **bound: str) -> dict[str, Any]:
    return {"sum": subject, "of": of, "hours": hours, **bound}


def counted(subject: str, of: list[str], hours: int, **bound: str) -> dict[str, Any]:
    return {"count": subject, "of": of, "hours": hours, **bound}


SPLIT = "What is asked for in parts is judged by its sum."
NOTHING = "Money from nothing."

SHIPPED: list[dict[str, Any]] = [
    rule("1", "Demo and test groups", ["*"], [], NO_CLIENT_MONEY, unless=[], why="No client money; still audited."),
    rule(
        "2", "Funding of a coverage, manager or system group", FUNDING, BLOCK,
        {"fact": "group_type", "one_of": ["coverage", "manager", "system"]}, why="These are not client accounts.",
    ),
    rule("3", "A hold matches", ["*"], BLOCK, is_("hold")),
    rule("5", "Deposit", DEPOSIT, ONE, why="A deposit made by hand creates money."),
    rule("6", "Deposit of 10,000 USD or more without evidence", DEPOSIT, BLOCK, usd(at_least="10000"), is_("evidence", there=False)),
    rule("7", "Deposit of 50,000 USD or more", DEPOSIT, WITH_FINANCE, usd(at_least="50000")),
    rule("8", "Deposit of 250,000 USD or more", DEPOSIT, WITH_BOTH, usd(at_least="250000")),
    rule("9", "Withdrawal", WITHDRAWAL, ONE, why="Even a small one: the money leaves."),
    rule("10a", "Withdrawal of 25,000 USD or more", WITHDRAWAL, SECOND_MAY_BE_FINANCE, usd(at_least="25000")),
    rule(
        "10b", "Withdrawals of this login reach 25,000 USD in 24 hours", WITHDRAWAL, SECOND_MAY_BE_FINANCE,
        summed("login", WITHDRAWAL, DAY, at_least="25000"), why=SPLIT,
    ),
    rule(
        "10c", "Withdrawals of this login reach 75,000 USD in 7 days", WITHDRAWAL, SECOND_MAY_BE_FINANCE,
        summed("login", WITHDRAWAL, WEEK, at_least="75000"), why=SPLIT,
    ),
    rule(
        "10d", "Withdrawals of this client reach 25,000 USD in 24 hours", WITHDRAWAL, SECOND_MAY_BE_FINANCE,
        summed("client", WITHDRAWAL, DAY, at_least="25000"), why=SPLIT,
    ),
    rule(
        "10e", "Withdrawals of this client reach 75,000 USD in 7 days", WITHDRAWAL, SECOND_MAY_BE_FINANCE,
        summed("client", WITHDRAWAL, WEEK, at_least="75000"), why=SPLIT,
    ),
    rule("11a", "Withdrawal of 100,000 USD or more", WITHDRAWAL, WITH_COMPLIANCE, usd(at_least="100000")),
    rule("11b", "Withdrawal of a client of high risk", WITHDRAWAL, WITH_COMPLIANCE, {"fact": "risk", "one_of": ["high"]}),
    rule(
        "11c", "First withdrawal, of 10,000 USD or more", WITHDRAWAL, WITH_COMPLIANCE,
        is_("first_withdrawal"), usd(at_least="10000"),
    ),
    rule(
        "12a", "Withdrawal within 72 hours of a change of password, e-mail or phone", WITHDRAWAL, WITH_COMPLIANCE,
        {"fact": "hours_since_security_change", "at_most": "72"}, why="The account may be taken over.",
    ),
    rule(
        "12b", "Withdrawal within 72 hours of such a change, without a call back", WITHDRAWAL, BLOCK,
        {"fact": "hours_since_security_change", "at_most": "72"}, is_("called_back", there=False),
    ),
    rule(
        "14", "Withdrawal that leaves a margin level below 150% with open positions", WITHDRAWAL, TWO,
        is_("positions"), {"fact": "margin_level_after", "below": "150"},
    ),
    rule("15", "Credit in for a retail client", CREDIT_IN, BLOCK, {"fact": "client_category", "one_of": ["retail-eu"]}, why="Incentives are banned."),
    rule("16a", "Credit in of 1,000 USD or more", CREDIT_IN, TWO, usd(at_least="1000")),
    rule("16b", "Credit above 50% of the net deposit", CREDIT_IN, TWO, {"fact": "credit_of_net_deposit", "above": "50"}),
    rule("17", "Bonus to balance", ["funding.bonus"], TWO, why="Withdrawable money from nothing."),
    rule("18a", "Correction", ["funding.correction"], ONE),
    rule("18b", "Correction of 1,000 USD or more", ["funding.correction"], TWO, usd(at_least="1000")),
    rule("19a", "Negative balance reset", RESET, ONE),
    rule("19b", "Negative balance reset above 3,000 USD", RESET, TWO, usd(above="3000")),
    rule("19c", "Third negative balance reset of this login in 30 days", RESET, TWO, counted("login", RESET, MONTH, at_least="3")),
    rule("20", "Charge", ["funding.charge"], ONE),
    rule("21", "Internal transfer", TRANSFER, ONE, is_("same_client")),
    rule("22", "Transfer more than 0.5% off the day’s rate", TRANSFER, BLOCK, {"fact": "off_the_rate", "above": "0.5"}),
    rule("23", "Third-party transfer", TRANSFER, BLOCK, is_("same_client", there=False), why="Money laundering."),
    rule("24a", "Leverage up", LEVERAGE, ONE),
    rule("24b", "Leverage above what the catalogue allows", LEVERAGE, BLOCK, is_("within_catalogue", there=False)),
    rule("25a", "Leverage down, or another group, to below the margin call", [*LEVERAGE, *GROUP], TWO, is_("below_margin_call")),
    rule("25b", "Leverage down, or another group, to below the stop out", [*LEVERAGE, *GROUP], BLOCK, is_("below_stop_out")),
    rule("26", "A group of another currency", GROUP, BLOCK, is_("same_currency", there=False)),
    rule("27", "Change of the agent (IB) account", ["accounts.agent"], ONE, why="It pays commission elsewhere."),
    rule("28", "Password or contact data", ["accounts.password", "accounts.contact"], ONE),
    rule("29a", "Disabling without open positions", ["accounts.disable"], [], is_("positions", there=False), unless=[], why="The safe direction must be quick."),
    rule("29b", "Disabling with open positions", ["accounts.disable"], ONE, is_("positions")),
    rule("30", "Enabling", ["accounts.enable"], ONE),
    rule("31a", "Bundle of more than 50 rows", ["*"], SECOND_MAY_BE_ANY, {"fact": "batch_rows", "above": "50"}),
    rule("31b", "Bundle of 25,000 USD or more", ["*"], SECOND_MAY_BE_ANY, {"fact": "batch_usd", "at_least": "25000"}),
    rule(
        "32a", "More than 50 credits, corrections and bonuses by one person in 24 hours", GIVEN, BLOCK,
        counted("operator", GIVEN, DAY, above="50"), only="submit", why=NOTHING,
    ),
    rule(
        "32b", "Credits, corrections and bonuses above 100,000 USD by one person in 24 hours", GIVEN, BLOCK,
        summed("operator", GIVEN, DAY, above="100000"), only="submit", why=NOTHING,
    ),
    rule("33", "Policy, roles, catalogue, known sources, calendar, connections", ["governance.*"], [["administrator"], ["compliance"]]),
]  # fmt: skip
