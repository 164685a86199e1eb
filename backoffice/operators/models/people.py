"""Operators (sign-ins), persons (the humans behind them) and grants (their roles)."""

import uuid
from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.crypto import salted_hmac

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.operators.models.sittings import Sitting


class Person(models.Model):
    """One human. Two sign-ins of one human share it, and never count as two people."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=150)

    def __str__(self) -> str:
        return self.name


class Operators(BaseUserManager["Operator"]):
    def enrol(
        self,
        *,
        username: str,
        name: str,
        operator_id: str,
        roles: Iterable[Role],
        password: str,
        email: str = "",
        by: Any = None,
    ) -> "Operator":
        """Adds a new human with one sign-in and these roles.

        Raises ValidationError where the roles do not go together or the operator id is not one.
        """
        roles = refuse_mixed(frozenset(roles))
        with unit(by=by):
            person = Person.objects.create(name=name)
            operator = Operator(username=username, name=name, operator_id=operator_id, email=email, person=person)
            operator.set_password(password)
            operator.full_clean()
            operator.save()
            for role in sorted(roles):
                Grant.objects.create(operator=operator, role=role)
        return operator

    def get_by_natural_key(self, username: str | None) -> "Operator":
        return self.get(username=username)


class Operator(AbstractBaseUser):
    """A signed-in user. `operator_id` is what the Manager and the trail know them by."""

    username = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=150)
    email = models.EmailField(blank=True)
    operator_id = models.CharField(max_length=64, unique=True, validators=[RegexValidator(r"\A[A-Za-z0-9._:-]+\Z")])
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="operators")
    is_active = models.BooleanField(default=True)
    # Counted on to end every session of this sign-in at once.
    sessions_ended = models.PositiveIntegerField(default=0)

    objects: ClassVar[Operators] = Operators()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "operator_id"]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def roles(self) -> frozenset[Role]:
        """What this operator may do today; read once per request."""
        return frozenset(Role(role) for role in self.grants.values_list("role", flat=True))

    def end_sessions(self, how: str = "Ended with a change of this sign-in", *, but: Sitting | None = None) -> None:
        """Whoever is signed in as this operator, anywhere, is not any more with their next request.

        `but` is the sitting of whoever does it; their session needs a new hash (`update_session_auth_hash`).
        """
        self.sessions_ended += 1
        self.save(update_fields=["sessions_ended"])
        others = Sitting.objects.filter(operator=self, ended_at=None).exclude(pk=but.pk if but else None)
        others.update(ended_at=clock.now(), ended_how=how)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must carry to be believed: it changes with the password, and when sessions are ended."""
        salt = "backoffice.operators.models.Operator.sessions"
        return salted_hmac(
            salt, f"{self.password} {self.sessions_ended}", secret=secret, algorithm="sha256"
        ).hexdigest()


class Grant(models.Model):
    """One role of one operator."""

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=32, choices=[(role.value, role.value) for role in Role])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operator", "role"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.operator}: {self.role}"


def refuse_mixed(roles: frozenset[Role]) -> frozenset[Role]:
    if Role.ADMINISTRATOR in roles and len(roles) > 1:
        raise ValidationError("An administrator holds no other role.")
    return roles
