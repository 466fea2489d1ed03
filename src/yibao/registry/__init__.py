"""The registry: people act, nothing is forgotten, nothing happens twice.

The operational database under workflow, settlement and service. SQLite by default, PostgreSQL in production. Every act
is a verb done through :meth:`Registry.do`: all or nothing, recorded in a hash-chained audit trail, refused by name.
"""

from yibao.registry.articles import Refused, RegistryError
from yibao.registry.store import Registry, Verb, verb
from yibao.registry.unit import Unit

__all__ = ["Refused", "Registry", "RegistryError", "Unit", "Verb", "verb"]
