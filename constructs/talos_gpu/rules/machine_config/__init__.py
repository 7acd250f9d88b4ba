"""TAL: machine configurations of Talos, and the patches and tools that make them."""

from __future__ import annotations

from typing import Any

from talos_gpu.rules.machine_config import (
    appended,
    containerd,
    documents,
    firmware,
    kernel_modules,
    keys,
    machine_files,
    node_metadata,
    optional_modules,
    patches,
    sysctls,
    talhelper,
)
from talos_gpu.rules.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule[Any], ...] = (
    *machine_files.RULES,
    *firmware.RULES,
    *containerd.RULES,
    *patches.RULES,
    *kernel_modules.RULES,
    *sysctls.RULES,
    *documents.RULES,
    *node_metadata.RULES,
    *keys.RULES,
    *appended.RULES,
    *talhelper.RULES,
    *optional_modules.RULES,
)
