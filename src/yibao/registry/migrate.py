"""The form of the database, by Alembic: up to the newest, or down to an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import OperationalError

from yibao.errors import UsageError
from yibao.registry.articles import RegistryError
from yibao.registry.database import database_url
from yibao.registry.tables.core import EVENT

_FOLDER = Path(__file__).parent / "migrations"


@cache
def revisions() -> tuple[str, ...]:
    """The forms there have been, oldest first."""
    return tuple(script.revision for script in reversed(list(_scripts().walk_revisions())))


def form_of(engine: Engine) -> str | None:
    """The form that the database has; None when there is no registry in it."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check_form(engine: Engine, place: str) -> None:
    """Raises :class:`RegistryError` when there is no registry, or one of another form than this version's."""
    url = database_url(place)
    if url.drivername == "sqlite" and not Path(str(url.database)).is_file():
        raise _absent(place)
    try:
        form = form_of(engine)
    except OperationalError as error:
        from yibao.registry.store import out_of_reach

        raise out_of_reach(place) from error
    except Exception as error:
        raise RegistryError(
            f"this file is not a registry ({type(error).__name__})", where=place, mend="give the registry's file",
            zh="此文件不是登记库", mend_zh="请给出登记库文件",
        ) from error  # fmt: skip
    if form is None:
        raise _absent(place)
    newest = revisions()[-1]
    if form not in revisions():
        raise RegistryError(
            f"the registry has the form {form}, which this version does not know",
            where=place,
            mend="use the version of yibao that wrote it",
            zh=f"登记库的结构 {form} 不为此版本所识",
            mend_zh="请使用相应版本",
        )
    if form != newest:
        raise RegistryError(
            f"the registry has the form {form}, this version works with {newest}", where=place,
            mend="yibao registry migrate", zh=f"登记库的结构为 {form}，此版本需要 {newest}",
            mend_zh="请运行：yibao registry migrate",
        )  # fmt: skip


def migrate(engine: Engine, to: str | None = None) -> tuple[str | None, str | None]:
    """Bring the database to a form, up or down; the newest by default, ``base`` for none. Returns (before, after).

    All or nothing on either database. Raises :class:`UsageError` for a form that never was, and
    :class:`RegistryError` when going down would drop rows.
    """
    known = revisions()
    wanted = to or known[-1]
    if wanted not in (*known, "base"):
        raise UsageError(
            f"there is no form {wanted!r}", mend=f"known: {', '.join(known)}", zh=f"没有结构 {wanted!r}",
            mend_zh=f"可用：{', '.join(known)}",
        )  # fmt: skip
    with engine.begin() as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        place = [None, *known]
        target = None if wanted == "base" else wanted
        if before not in place:
            raise RegistryError(f"the form {before} is not known", zh=f"结构 {before} 不为此版本所识")
        if place.index(target) < place.index(before):
            _refuse_loss(connection, known[place.index(target) : place.index(before)])
        _run(connection, wanted, up=place.index(target) >= place.index(before))
    return before, target


def _run(connection: Connection, wanted: str, *, up: bool) -> None:
    scripts = _scripts()

    def steps(revision: object, context: object) -> object:
        if up:
            return scripts._upgrade_revs(wanted, revision)  # type: ignore[arg-type]
        return scripts._downgrade_revs(wanted, revision)  # type: ignore[arg-type]

    from alembic.runtime.environment import EnvironmentContext

    with EnvironmentContext(_config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()


def _refuse_loss(connection: Connection, undone: Sequence[str]) -> None:
    """Going down drops the tables that the undone steps made: they must be empty."""
    there = set(inspect(connection).get_table_names())
    for revision in undone:
        module = _scripts().get_revision(revision).module
        for name in module.TABLES:
            if name in there and connection.exec_driver_sql(f"select 1 from {name} limit 1").first() is not None:
                if name == "audit_head" and connection.execute(EVENT.select().limit(1)).first() is None:
                    continue
                raise RegistryError(
                    f"the table {name} is not empty; going down would lose its rows", mend="make a backup; empty it",
                    zh=f"表 {name} 不为空，降级将丢失数据", mend_zh="请先备份，并确认不再需要",
                )  # fmt: skip


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def _absent(place: str) -> RegistryError:
    return RegistryError(
        "there is no registry here", where=database_url(place).render_as_string(), mend="yibao registry init",
        zh="这里没有登记库", mend_zh="请运行：yibao registry init",
    )  # fmt: skip
