"""What `synth --check` found, for a comment on a pull request and as annotations."""

from __future__ import annotations

from collections.abc import Sequence

from talos_gpu.markdown import code, prose
from talos_gpu.output.check import Difference
from talos_gpu.report.report import counted
from talos_gpu.report.untrusted import log_line, mention_free, printable, property_value, quiet, workflow_data

__all__ = ["FORMATS", "github", "markdown"]

_MOST = 50
_DO = "Run `talos-gpu synth` and commit the result."


def markdown(differences: Sequence[Difference]) -> str:
    """The files that are out of date, the first of them by name; one line where there is none."""
    faults = [item for item in differences if item.is_fault]
    if not faults:
        return "### talos-gpu synth: what is committed is what the profiles declare\n"
    lines = [f"### 🔴 talos-gpu synth: {counted(len(faults), 'file')} out of date\n"]
    lines += [f"- {code(quiet(item.path))}: {_told(item)}" for item in faults[:_MOST]]
    left = len(faults) - _MOST
    lines += [f"- and {counted(left, 'more file')}"] if left > 0 else []
    return "\n".join([*lines, f"\n→ {_DO} All else in this comment is about the files as they are committed.\n"])


def _told(item: Difference) -> str:
    return f"{item.kind.value}: {mention_free(prose(log_line(item.why)))}"


def github(differences: Sequence[Difference]) -> str:
    """One error a file that is out of date, at the file."""
    lines = [
        f"::error file={property_value(printable(item.path))},title=talos-gpu synth"
        f"::{workflow_data(printable(f'{item}. {_DO}'))}"
        for item in differences
        if item.is_fault
    ]
    return "".join(f"{line}\n" for line in lines)


FORMATS = {"markdown": markdown, "github": github}
"""Every format by its name on the command line."""
