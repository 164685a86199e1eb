"""Exchanging CLIENT_KEYS: every client's key is sealed anew with the first of them, and none is dropped that is still needed."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from backoffice.audit import clients
from backoffice.audit.models import ClientKey
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.safety import sealing

SEALED_ANEW = register("client.keys_sealed_anew", "Clients’ keys sealed anew", "warn")
AT_ONCE = 200


def insist() -> None:
    """Raises ImproperlyConfigured while a client's key is sealed with one that is not here: nothing could be asked for them."""
    here = {sealing.name_of(key) for key in settings.CLIENT_KEYS}
    if missing := set(ClientKey.objects.values_list("under", flat=True).distinct()) - here:
        raise ImproperlyConfigured(
            f"CLIENT_KEYS lack the one with which keys of clients are sealed ({', '.join(sorted(missing))}). "
            "Put it back behind the new one, run manage.py seal_clients, and take it away then."
        )


def seal_anew() -> tuple[int, int]:
    """Seals every key that is sealed with another than the first; how many were, and how many nobody here can open.

    The owner of the database does it: neither web nor worker may change a key. Ended in between, it goes on the next time.
    """
    under = sealing.name_of(settings.CLIENT_KEYS[0])
    rows = ClientKey.objects.exclude(under=under).order_by("pk")
    done = shut = 0
    some = list(rows[:AT_ONCE])
    while some:
        sealed = {row: text for row in some if (text := clients.sealed_anew(row))}
        done, shut = done + _exchange(sealed, under), shut + len(some) - len(sealed)
        some = list(rows.filter(pk__gt=some[-1].pk)[:AT_ONCE])
    return done, shut


def _exchange(sealed: dict[ClientKey, str], under: str) -> int:
    """Those of them that nobody has exchanged or destroyed meanwhile; in one unit, with its entry."""
    with unit() as work:
        done = sum(
            ClientKey.objects.filter(pk=row.pk, under=row.under).update(sealed=text, under=under)
            for row, text in sealed.items()
        )
        if done:
            work.note(SEALED_ANEW, on=("client keys", under), detail={"count": str(done)})
    return done
