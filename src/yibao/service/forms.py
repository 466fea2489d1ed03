"""The form of the service's own tables, by Alembic, beside the registry's form in the same database."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from yibao.service.tables import METADATA

#: Where the database notes which form it has.
FORM = "service_form"


def forget(engine: Engine) -> None:
    """Drop the service's tables."""
    METADATA.drop_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"drop table if exists {FORM}")


def prepare(engine: Engine) -> None:
    """Bring the service's tables to their newest form; nothing happens when they have it."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)

    def steps(revision: object, context: object) -> object:  # noqa: ARG001 - the signature of Alembic
        return scripts._upgrade_revs("head", revision)  # type: ignore[arg-type]

    with engine.begin() as connection, EnvironmentContext(config, scripts, fn=steps) as environment:
        environment.configure(connection=connection, transactional_ddl=True, version_table=FORM)
        environment.run_migrations()
