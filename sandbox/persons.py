"""The fields that say who an account belongs to, and how much of each MetaTrader keeps."""

from typing import Any

from sandbox import calls, refusals

# Longer text is cut without a word, as MetaTrader does.
LENGTHS = {
    "name": 127,
    "email": 63,
    "phone": 31,
    "country": 31,
    "city": 31,
    "state": 31,
    "zipCode": 15,
    "address": 127,
    "company": 63,
    "comment": 63,
    "leadSource": 31,
}


def read(fields: dict[str, Any]) -> dict[str, Any]:
    """Those of the fields that are a person's, cut to length; refuses what has the wrong type."""
    person = {name: calls.text(fields[name], field=name, most=most) for name, most in LENGTHS.items() if name in fields}
    if "agent" in fields:
        person["agent"] = _agent(fields["agent"])
    return person


def _agent(login: object) -> Any:
    if type(login) is not int or not 0 <= login <= calls.LARGEST_LOGIN:
        raise refusals.invalid("agent", "agent must be a login, or 0 for none")
    return login
