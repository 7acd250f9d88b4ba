"""Run talos-gpu from a clone: `python main.py synth`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "constructs"))

try:
    from talos_gpu.cli import main
except ModuleNotFoundError as error:
    if (error.name or "").startswith("talos_gpu"):
        raise
    sys.stderr.write(
        f"main.py: this Python has no module {error.name}, which talos-gpu needs.\n"
        "    Run `make setup` once and then `.venv/bin/python main.py`, or install it with `pip install .`.\n"
    )
    sys.exit(4)

if __name__ == "__main__":
    main()
