"""The addresses of the gallery, below /_ui/."""

from django.urls import path

from backoffice.ui import views

app_name = "ui"
urlpatterns = [
    path("", views.gallery, name="gallery"),
    path("list/", views.list_page, name="list"),
    path("decision/", views.decision_page, name="decision"),
    path("money/", views.money_page, name="money"),
]
