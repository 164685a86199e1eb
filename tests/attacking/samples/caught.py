"""What the rules are there for, each once: `make attack` fails where one of them is not caught here."""

from django.shortcuts import redirect
from django.utils.safestring import mark_safe


def marked(name):
    return mark_safe(f"<b>{name}</b>")


def shown(settings, logger):
    logger.warning("It is %s", settings.AUDIT_KEY.reveal())


def asked(request, cursor):
    cursor.execute("SELECT 1 FROM t WHERE a = '" + request.GET["a"] + "'")


def sent(request):
    return redirect(request.GET["next"])


def summed(row):
    return float(row.amount)


def compared(hashed, given):
    return hashed.hexdigest() == given
