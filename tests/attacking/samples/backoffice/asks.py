"""Asks without a limit."""

import httpx


def ask():
    return httpx.get("https://manager.example")
