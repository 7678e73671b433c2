"""Start the command line: `python -m cnnviz`. See `cnnviz/cli`."""

import sys

from cnnviz.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
