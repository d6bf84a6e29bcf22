"""The settings of the project: SQLite in the folder it runs in, or PostgreSQL by DESK_DATABASE."""

from __future__ import annotations

import os
from urllib.parse import urlsplit


def database(url: str) -> dict[str, object]:
    """Return the settings of one database: `sqlite:///file` or `postgresql://user@host/name`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.path.removeprefix("/"),
            # A transaction that begins by reading would fail when it writes: begin as a writer.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL",
            },
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.removeprefix("/"),
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname or "",
        "PORT": parts.port or 5432,
    }


SECRET_KEY = os.environ.get("DESK_SECRET_KEY", "only for the example")
ALLOWED_HOSTS = ["testserver", "localhost"]
DATABASES = {"default": database(os.environ.get("DESK_DATABASE", "sqlite:///desk.sqlite3"))}
INSTALLED_APPS = ["django_desk.desk"]
ROOT_URLCONF = "django_desk.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
