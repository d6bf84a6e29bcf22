"""The rim: what puts the ports of `itsm_core.ports` into practice.

Import the module that you need (`itsm_core.adapters.memory`, `.sqlite`, `.sqlalchemy_store`,
`.redis_store`, `.codec`, `.clocks`): this package itself imports none of them, so that nobody pays
for a database that he does not use.
"""
