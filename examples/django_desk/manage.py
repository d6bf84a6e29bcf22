"""Run Django's commands: `python examples/django_desk/manage.py migrate`."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Hand the command line on."""
    from django.core.management import execute_from_command_line

    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_desk.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
