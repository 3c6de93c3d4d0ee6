"""One script a claim. Each prints a table and ends with `figure NAME VALUE`.

Threads are set as the server sets them, before torch is loaded.
"""

import os

from loupe.engine.threads import configure_threads

configure_threads(os.environ)
