"""`gatewatch` without arguments, also where there is no display: there the command line itself would refuse."""

from __future__ import annotations

import sys

from console.cli import window  # noqa: F401  (what the command line has loaded by then)
from console.paths import Home
from console.preflight import obstacle

if reason := obstacle():
    sys.exit(reason)

from console import app  # after the check, as the command line does it

sys.exit(app.run(Home.find()))
