"""A Django project that keeps a service desk in its own database, through its own ORM."""
