"""`python -m qms` is the command line `qms`."""

from __future__ import annotations

import sys

from qms.cli import main

if __name__ == "__main__":
    sys.exit(main())
