"""The Django app: tables, the store on them, a page and two commands."""
