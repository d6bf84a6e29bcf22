"""The pages of the project."""

from __future__ import annotations

from django.urls import path

from .desk.views import command, ticket

urlpatterns = [
    path("tickets/<str:ticket_id>", ticket),
    path("tickets/<str:ticket_id>/commands", command),
]
