"""The demo app; it has commands and a cast, no models and no pages."""

from django.apps import AppConfig


class Demo(AppConfig):
    name = "backoffice.demo"
    label = "demo"

    def ready(self) -> None:
        from backoffice.demo import showing
        from backoffice.operators import signin

        signin.published.append(showing.cast)
