"""`gatewatch` without arguments, also where there is no display: there the command itself would refuse."""

from __future__ import annotations

import sys

from console.paths import Home
from console.start import run

sys.exit(run(Home.find()))
