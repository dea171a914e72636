"""What the pages, the command line and the worker share: the product set up for one configuration."""

from __future__ import annotations

from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase

from qms import areas
from qms.config import BadSetting, Config
from qms.kernel import clock, db, files, trail
from qms.kernel.text import set_language


def configure(config: Config) -> None:
    """Bind the database, the trail's keys, the clock and the folder of attachments; register the areas.

    Opens no connection. Raises BadSetting for a database address that is not understood.
    """
    try:
        db.configure(config.database_url)
    except ValueError as error:
        raise BadSetting(str(error)) from error
    trail.configure_keys(config.trail_key)
    clock.configure(config.timezone, config.today)
    files.configure(config.files_dir)
    set_language(config.locale)
    areas.load()


def release() -> None:
    """Close this thread's connection and the idle ones; the next use opens new ones.

    A connection that another thread is using stays open: to close it under its hands can end the process.
    """
    bound = db.database.obj
    if isinstance(bound, PooledSqliteDatabase | PooledPostgresqlDatabase):
        if not bound.is_closed():
            bound.close()
        bound.close_idle()
