"""Run the command line as `python -m itsm_core`."""

import sys

from itsm_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
