"""Accounts' place in the menu."""

from backoffice.access import READERS, Role
from backoffice.ui.shell import Item, register

register(Item("Accounts", "users", "accounts", "Accounts", frozenset(READERS | {Role.ACCOUNTS, Role.FUNDING}), key="l"))
