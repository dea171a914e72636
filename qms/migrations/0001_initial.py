"""The first schema: made from the models until it lands frozen."""

from peewee import SqliteDatabase

from qms.kernel import db as kernel_db
from qms.migrations import freeze


def up(migrator, db):
    """Make every table, index and trigger."""
    kernel_db.execute_all(
        db, kernel_db.schema_statements(freeze.all_models(), sqlite=isinstance(db, SqliteDatabase))
    )


def down(migrator, db):
    """Remove them again."""
