"""The trail's place in the menu."""

from backoffice.access import Role
from backoffice.ui.shell import Item, register

register(Item("Audit trail", "scroll-text", "trail", "Control", frozenset({Role.AUDITOR, Role.COMPLIANCE}), key="t"))
