"""Accounts' addresses."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.lookup, name="accounts"),
    path("<int:login>/", views.account, name="account"),
]
