"""Funding's place in the menu."""

from backoffice.access import Role
from backoffice.ui.shell import Item, register

MAKERS = frozenset({Role.FUNDING})

register(Item("Deposit", "arrow-down-to-line", "funding.deposit", "Funding", MAKERS, key="d"))
register(Item("Withdrawal", "arrow-up-from-line", "funding.withdrawal", "Funding", MAKERS, key="w"))
register(Item("Credit", "credit-card", "funding.credit", "Funding", MAKERS, key="c"))
register(Item("Correction", "pencil", "funding.correction", "Funding", MAKERS))
register(Item("Bonus", "gift", "funding.bonus", "Funding", MAKERS))
register(Item("Charge", "receipt", "funding.charge", "Funding", MAKERS))
register(Item("Negative balance reset", "rotate-ccw", "funding.negative_balance_reset", "Funding", MAKERS))
