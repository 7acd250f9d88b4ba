"""`talos-gpu lint`: findings in profiles, and in the files that people have."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from talos_gpu.cli.failure import REFUSED
from talos_gpu.cli.given import given
from talos_gpu.cli.reports import wanted
from talos_gpu.cli.whole_file import replace
from talos_gpu.errors import OutsideError
from talos_gpu.finding import SEVERITIES
from talos_gpu.output.names import FACTS
from talos_gpu.report.untrusted import log_line

if TYPE_CHECKING:
    from talos_gpu.finding import Finding
    from talos_gpu.report.linting import Linted
    from talos_gpu.report.report import Report
    from talos_gpu.report.text import Paint, Style

__all__ = ["command"]

_FORMATS = ("text", "json", "sarif", "junit", "github", "markdown", "csv")
_COLOURS: Mapping[str, Mapping[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "info": {"fg": "blue"},
    "file": {"bold": True},
    "faint": {"dim": True},
}


@click.command(name="lint")
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.option("--talos", default="", metavar="VERSION", help="Talos release, where the files do not say it.")
@click.option("--to", "target", default="", metavar="VERSION", help="Talos release that you want to upgrade to.")
@click.option("--kubernetes", default="", metavar="VERSION", help="Kubernetes version, where the files do not say it.")
@click.option("--gpu", "gpus", multiple=True, metavar="NAME", help="GPU by name or PCI id; may be given again.")
@click.option("--set", "chosen", type=click.Choice(["default", "strict"]), default="default", show_default=True)
@click.option("--fail-on", type=click.Choice([*SEVERITIES, "never"]), default="error", show_default=True)
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option("--report", "reports", multiple=True, metavar="FORMAT=FILE", help="Also write a report to FILE.")
@click.option("--baseline", type=click.Path(), help="Report only what this file does not hold.")
@click.option("--write-baseline", type=click.Path(), help="Write all findings to this file, as a baseline.")
@click.option("--fix", "fixing", is_flag=True, help="Put right in place what is certain.")
@click.option("--diff", "showing", is_flag=True, help="Show what --fix would change; change nothing, exit 0.")
def command(
    paths: Sequence[str],
    talos: str,
    target: str,
    kubernetes: str,
    gpus: Sequence[str],
    chosen: str,
    fail_on: str,
    form: str,
    reports: Sequence[str],
    baseline: str | None,
    write_baseline: str | None,
    fixing: bool,
    showing: bool,
) -> int:
    """Find every known way to break a GPU on Talos, in profiles and in the files that people have.

    PATH is a file or a folder; without one, the working directory is read. Talos, talhelper, topf and Omni files,
    schematics, Helm values, Flux and Argo CD objects, namespaces, runtime classes and GPU workloads are recognised by
    what is in them. `talos-gpu rule RULE-ID` explains a finding.

    \b
    Allow one: `# talos-gpu: allow RULE-ID reason` on its line.
    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage,
    4 a file that cannot be read.
    """  # noqa: D301 (click reads the backspace)
    from talos_gpu.catalog.user_files import user_files
    from talos_gpu.report.linting import lint

    root, below = _root(paths)
    if showing and (reports or write_baseline):
        raise click.UsageError("--diff shows changes and makes no report; leave --report and --write-baseline out.")
    facts = user_files(Path(FACTS))
    said = given(talos, target, kubernetes, gpus, facts)
    known, files = _known(baseline), [wanted(text, _FORMATS) for text in reports]

    def run() -> Linted:
        return lint(root, below, said, datetime.now(UTC).date(), chosen, known, facts)

    linted = run()
    if showing or fixing:
        changes = dict(_changes(root, linted.report))
        if showing:
            _show(linted.report, changes)
            return 0
        linted = _fix(root, changes, linted, run)
    if write_baseline:
        _write_baseline(write_baseline, linted.findings)
    for name, file in files:
        replace(Path(file), _formatted(linted.report, name).encode())
    click.echo(_formatted(linted.report, form, _paint), nl=False)
    return REFUSED if _fails(linted.report, fail_on) else 0


def _root(paths: Sequence[str]) -> tuple[Path, list[str]]:
    """The working directory, or where a path lies outside it, the folder that holds all paths.

    Raises:
        OutsideError: for a link in the working directory that leads out of it. Whoever changes the repository chose
            where it leads, and whoever wrote the command line did not.
    """
    here = Path.cwd().resolve()
    real = [Path(path).resolve() for path in paths]
    for path, target in zip(paths, real, strict=True):
        if not path:
            raise click.UsageError("an empty PATH names nothing; leave it out to read the working directory.")
        if not target.exists():
            raise OutsideError(f"reading {path}", "no such file or directory")
        if Path(os.path.normpath(here / path)).is_relative_to(here) and not target.is_relative_to(here):
            why = "it is a link that leads out of the folder that is looked at"
            raise OutsideError(f"reading {path}", why, "Name the place that it leads to, if that is what you want.")
    if all(path.is_relative_to(here) for path in real):
        return Path(), [str(path.relative_to(here)) for path in real] or ["."]
    top = Path(os.path.commonpath([path if path.is_dir() else path.parent for path in real]))
    return top, [str(path.relative_to(top)) for path in real]


def _known(file: str | None) -> frozenset[str]:
    if file is None:
        return frozenset()
    from talos_gpu.rules.baseline import read_baseline

    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise OutsideError(f"reading {file}", (error.strerror or str(error)).lower()) from error
    return read_baseline(data, file)


def _write_baseline(file: str, findings: Sequence[Finding]) -> None:
    from talos_gpu.report.report import counted
    from talos_gpu.rules.baseline import baseline_text

    replace(Path(file), baseline_text(findings).encode(errors="backslashreplace"))
    click.echo(log_line(f"{file}: {counted(len(findings), 'finding')} written"), err=True)


def _changes(root: Path, report: Report) -> Iterator[tuple[str, tuple[bytes, tuple[Finding, ...]]]]:
    """The new bytes of each file; one that several names lead to is changed by the first of them."""
    from talos_gpu.rules.fixing import fix

    seen: set[Path] = set()
    for file, findings in report.by_file():
        source, real = report.files.get(file), (root / file).resolve()
        if source is None or real in seen or not any(finding.fix for finding in findings):
            continue
        fixed = fix(source.data, findings)
        if fixed.data != source.data:
            seen.add(real)
            yield file, (fixed.data, fixed.findings)


def _show(report: Report, changes: Mapping[str, tuple[bytes, tuple[Finding, ...]]]) -> None:
    from talos_gpu.report.report import counted

    for file, (data, _) in changes.items():
        before, after = (_lines(text) for text in (report.files[file].data, data))
        for line in difflib.unified_diff(before, after, f"a/{file}", f"b/{file}", lineterm="\n"):
            click.echo(log_line(line.removesuffix("\n").removesuffix("\r")))
            if not line.endswith("\n"):
                click.echo("\\ No newline at end of file")
    click.echo(f"{counted(len(changes), 'file')} would change", err=True)


def _lines(data: bytes) -> list[str]:
    """The lines as Git counts them, each with its end."""
    return [line for line in re.split(r"(?<=\n)", data.decode(errors="replace")) if line]


def _fix(
    root: Path,
    changes: Mapping[str, tuple[bytes, tuple[Finding, ...]]],
    linted: Linted,
    run: Callable[[], Linted],
) -> Linted:
    """Writes the changes, and looks again."""
    for file, (data, findings) in changes.items():
        replace(root / file, data)
        for finding in findings:
            click.echo(log_line(f"fixed {finding.position}: {finding.rule} {finding.message}"), err=True)
    return run() if changes else linted


def _formatted(report: Report, form: str, paint: Paint | None = None) -> str:
    from talos_gpu.report.formats import FORMATS
    from talos_gpu.report.text import text

    return text(report, paint) if form == "text" and paint else FORMATS[form](report)


def _paint(words: str, style: Style) -> str:
    return click.style(words, **_COLOURS[style])


def _fails(report: Report, fail_on: str) -> bool:
    if fail_on == "never":
        return False
    failing = SEVERITIES[: [*SEVERITIES].index(fail_on) + 1]  # type: ignore[arg-type]
    return any(finding.severity in failing for finding in report.findings)
