"""The command line: one module a command. Nothing else prints, and nothing else knows of exit codes."""

from __future__ import annotations

from talos_gpu.cli.app import main

__all__ = ["main"]
