"""Make the tables, and the one row that writers take turns at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import StateApps


def first_row(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Write the row."""
    apps.get_model("desk", "Head").objects.using(editor.connection.alias).create(id=1)


class Migration(migrations.Migration):
    """Everything the store needs."""

    initial = True
    dependencies: ClassVar[Sequence[tuple[str, str]]] = ()
    operations: ClassVar[Sequence[Operation]] = [
        migrations.CreateModel(
            name="Definition",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("place", models.CharField(max_length=64, unique=True)),
                ("family", models.CharField(db_index=True, max_length=64)),
                ("version", models.TextField()),
                ("document", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="Key",
            fields=[
                ("place", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64)),
                ("first_version", models.BigIntegerField()),
                ("last_version", models.BigIntegerField()),
                ("position", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("stream", models.TextField()),
                ("version", models.BigIntegerField()),
                ("payload", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("stream", "version"), name="one_event_a_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("place", models.CharField(max_length=64, unique=True)),
                ("text", models.TextField()),
                ("sent", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("sent", False)), fields=["number"], name="unsent"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Timer",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("stream", models.TextField()),
                ("due_us", models.BigIntegerField()),
                ("data", models.TextField()),
                ("state", models.SmallIntegerField()),
                ("available_us", models.BigIntegerField()),
                ("token", models.BigIntegerField()),
                ("attempt", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", 0)), fields=["available_us"], name="claimable"
                    )
                ],
            },
        ),
        migrations.RunPython(first_row, migrations.RunPython.noop),
    ]
