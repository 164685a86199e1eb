"""Funding's addresses; all take `?login=`."""

from django.urls import path

from funding import views

urlpatterns = [
    path("deposit/", views.deposit, name="funding.deposit"),
    path("withdrawal/", views.withdrawal, name="funding.withdrawal"),
    path("credit/", views.credit, name="funding.credit"),
    path("correction/", views.correction, name="funding.correction"),
    path("bonus/", views.bonus, name="funding.bonus"),
    path("charge/", views.charge, name="funding.charge"),
    path("reset/", views.reset, name="funding.negative_balance_reset"),
]
