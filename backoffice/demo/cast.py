"""The fixed cast of the demo and the tests: who they are, and what each may do."""

import base64
import hashlib
from dataclasses import dataclass

from backoffice.access import Role

# Published on purpose: it opens a demo that serves loopback only.
PASSWORD = "countersign-demo"


@dataclass(frozen=True, kw_only=True)
class Member:
    """One of the cast; the user name is also the operator id that the Manager and the trail know."""

    name: str
    roles: tuple[Role, ...]
    does: str

    @property
    def username(self) -> str:
        return self.name.lower()

    @property
    def email(self) -> str:
        """Of a domain that is nobody's; the demo writes its mail into files anyhow."""
        return f"{self.username}@countersign.example"

    @property
    def seed(self) -> str:
        """Of the app with their codes; as published as the password."""
        return base64.b32encode(hashlib.sha256(f"{PASSWORD}:{self.username}".encode()).digest()[:20]).decode()


MAKES = (Role.FUNDING, Role.ACCOUNTS)
CAST = (
    Member(name="Mia", roles=MAKES, does="makes"),
    Member(name="Nils", roles=MAKES, does="makes"),
    Member(name="Carl", roles=(Role.SUPERVISOR,), does="checks"),
    Member(name="Chen", roles=(Role.SUPERVISOR,), does="checks"),
    Member(name="Cora", roles=(Role.COMPLIANCE,), does="compliance"),
    Member(name="Fay", roles=(Role.FINANCE,), does="finance"),
    Member(name="Filip", roles=(Role.FINANCE,), does="finance"),
    Member(name="Vera", roles=(Role.AUDITOR,), does="audits"),
    Member(name="Ada", roles=(Role.ADMINISTRATOR,), does="administers"),
    Member(name="Amir", roles=(Role.ADMINISTRATOR,), does="administers"),
)
