"""Python packages of tests/requirements.txt, for tests that are started with any Python."""

import importlib.util
import os
import sys
from pathlib import Path

SKIPPED = 77  # Meson's exit status for it
ROOT = Path(__file__).resolve().parents[2]


def in_venv(*lacking):
    """Goes on with the Python of .venv, else ends the test as skipped."""
    python = ROOT / ".venv" / "bin" / "python"
    if python.exists() and Path(sys.prefix).resolve() != (ROOT / ".venv").resolve():
        os.execv(python, [str(python), *sys.argv])
    print(f"skipped: no {', '.join(lacking)}; scripts/setup check installs it")
    sys.exit(SKIPPED)


def require(*names):
    """Goes on with the Python of .venv if this one lacks a package, else ends the test as skipped.

    Has to be called before anything is done: the program begins anew.
    """
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        in_venv(*missing)
