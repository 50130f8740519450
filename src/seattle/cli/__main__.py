"""`python -m seattle.cli`: the `seattle` command of this very installation, for those who start it as a process."""

import sys

from seattle.cli import main

if __name__ == "__main__":
    sys.exit(main())
