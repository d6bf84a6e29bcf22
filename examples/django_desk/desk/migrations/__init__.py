"""Part of the Django app."""
