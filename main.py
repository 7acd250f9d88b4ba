"""Run talos-gpu from a clone: `python main.py synth`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "constructs"))

from talos_gpu.cli import main

if __name__ == "__main__":
    main()
