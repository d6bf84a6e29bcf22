"""The tables of the store. Names are kept byte for byte; long ones are looked up by a hash."""

from __future__ import annotations

from django.db import models


class Head(models.Model):
    """The one row that writers take turns at."""

    id: models.SmallIntegerField[int, int] = models.SmallIntegerField(primary_key=True)


class Event(models.Model):
    """A fact."""

    position: models.BigIntegerField[int, int] = models.BigIntegerField(primary_key=True)
    stream: models.TextField[str, str] = models.TextField()
    version: models.BigIntegerField[int, int] = models.BigIntegerField()
    payload: models.TextField[str, str] = models.TextField()

    class Meta:
        """What can be there once."""

        constraints = (
            models.UniqueConstraint(fields=("stream", "version"), name="one_event_a_version"),
        )


class Key(models.Model):
    """An idempotency key, and what its append wrote."""

    place: models.CharField[str, str] = models.CharField(max_length=64, primary_key=True)
    digest: models.CharField[str, str] = models.CharField(max_length=64)
    first_version: models.BigIntegerField[int, int] = models.BigIntegerField()
    last_version: models.BigIntegerField[int, int] = models.BigIntegerField()
    position: models.BigIntegerField[int, int] = models.BigIntegerField()


class Message(models.Model):
    """A message to the outside."""

    number: models.BigIntegerField[int, int] = models.BigIntegerField(primary_key=True)
    place: models.CharField[str, str] = models.CharField(max_length=64, unique=True)
    text: models.TextField[str, str] = models.TextField()
    sent: models.BooleanField[bool, bool] = models.BooleanField(default=False)

    class Meta:
        """The indexes."""

        indexes = (models.Index(fields=("number",), name="unsent", condition=models.Q(sent=False)),)


class Timer(models.Model):
    """A timer, waiting, done or cancelled."""

    key: models.TextField[str, str] = models.TextField(primary_key=True)
    stream: models.TextField[str, str] = models.TextField()
    due_us: models.BigIntegerField[int, int] = models.BigIntegerField()
    data: models.TextField[str, str] = models.TextField()
    state: models.SmallIntegerField[int, int] = models.SmallIntegerField()
    available_us: models.BigIntegerField[int, int] = models.BigIntegerField()
    token: models.BigIntegerField[int, int] = models.BigIntegerField()
    attempt: models.BigIntegerField[int, int] = models.BigIntegerField()

    class Meta:
        """The indexes."""

        indexes = (
            models.Index(fields=("available_us",), name="claimable", condition=models.Q(state=0)),
        )


class Definition(models.Model):
    """A published version of an agreement, a calendar or a lifecycle."""

    number: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    place: models.CharField[str, str] = models.CharField(max_length=64, unique=True)
    family: models.CharField[str, str] = models.CharField(max_length=64, db_index=True)
    version: models.TextField[str, str] = models.TextField()
    document: models.TextField[str, str] = models.TextField()
