"""Tells Django about the look."""

from django.apps import AppConfig


class Ui(AppConfig):
    name = "backoffice.ui"
    label = "ui"
