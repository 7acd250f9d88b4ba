"""`talos-gpu synth`: profiles in, committed files out."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import click

from talos_gpu.cli.failure import OUT_OF_DATE
from talos_gpu.cli.profiles import Chosen, find_profiles
from talos_gpu.cli.profiles import code as code_of_run
from talos_gpu.output import check
from talos_gpu.output.fleet_page import fleet_page
from talos_gpu.output.survey import Survey, survey
from talos_gpu.report.untrusted import printable

if TYPE_CHECKING:
    from talos_gpu.output.rendered import RenderedCluster
    from talos_gpu.output.write import Written

__all__ = ["command"]


@dataclass(slots=True)
class Summary:
    """What a synth did. `documents` counts the files of all profiles in this run, ledgers and fleet page included."""

    profiles: int
    documents: int = 0
    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    pruned: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def sentence(self) -> str:
        """The closing line."""
        return (
            f"{_profiles(self.profiles)}, {self.documents} documents: "
            f"{len(self.written)} written, {self.unchanged} unchanged, {len(self.pruned)} pruned in {self.seconds:.2f} s"
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One call of the command: which profiles, where to, and how to tell what happened."""

    chosen: Chosen
    outdir: str
    quiet: bool
    form: str
    started: float
    reports: Sequence[str] = ()

    def survey(self, code: str) -> Survey:
        """How all profiles stand to the output folder, told from digests."""
        return survey(self.outdir, self.chosen.everything, code)

    def warn(self, text: str) -> None:
        """Tells something that a person should see even with --quiet."""
        click.echo(printable(text), err=True)

    def close(self, summary: Summary) -> None:
        """Prints the closing summary."""
        summary.seconds = round(time.monotonic() - self.started, 3)
        if self.form == "json":
            click.echo(json.dumps(asdict(summary), indent=2))
        elif not self.quiet:
            click.echo(summary.sentence())
        sys.stdout.flush()


@click.command(name="synth")
@click.argument("profiles", nargs=-1, type=click.Path())
@click.option("--outdir", type=click.Path(file_okay=False), help="Where to write. Default: $CDK8S_OUTDIR, else dist.")
@click.option("--check", "check_only", is_flag=True, help="Write nothing; exit 3 when the output is out of date.")
@click.option(
    "--full/--quick",
    default=None,
    help="With --check: render and compare every byte, or trust the ledgers. Default: --full when CI is set.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print only what is wrong.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", help="Of the closing summary."
)
@click.option(
    "--report", "reports", multiple=True, metavar="FORMAT=FILE", help="With --check: also write markdown or github."
)
def command(
    profiles: Sequence[str],
    outdir: str | None,
    check_only: bool,
    full: bool | None,
    quiet: bool,
    form: str,
    reports: Sequence[str],
) -> int:
    """Render PROFILES (default: profiles/*.yaml) into the output folder.

    Only files that changed are written, and only files that talos-gpu wrote before are removed. Commit the result:
    it is what Flux, Argo CD, talhelper, topf, talosctl and OpenTofu read, and what reviewers see.
    """
    target = outdir or os.environ.get("CDK8S_OUTDIR") or "dist"
    started = time.monotonic()
    if full is not None and not check_only:
        raise click.UsageError("--full and --quick go with --check.")
    if (reports or form == "github") and not check_only:
        raise click.UsageError("--report and --format github go with --check.")
    run = Run(find_profiles(profiles), target, quiet, form, started, reports)
    if check_only:
        return _check(run, full if full is not None else bool(os.environ.get("CI")))
    return _synth(run, code_of_run())


def _check(run: Run, full: bool) -> int:
    if full:
        from talos_gpu.cli.render import render_profiles

        clusters = render_profiles(run.chosen.files, run.quiet, cached=False)
        page, complete = fleet_page, run.chosen.complete
        return _report(run, check.full(run.outdir, clusters, code_of_run(), page, complete=complete))
    return _report(run, _quick(run, run.survey(code_of_run())))


def _quick(run: Run, found: Survey) -> Sequence[check.Difference]:
    return check.quick(run.outdir, _only(found, run.chosen), fleet_page if run.chosen.complete else None)


def _only(found: Survey, chosen: Chosen) -> Survey:
    """The survey without what belongs to profiles that were not asked for."""
    if chosen.complete:
        return found
    wanted = set(chosen.files)
    clusters = {name: item for name, item in found.clusters.items() if item.ledger.profile in wanted}
    states = {profile: state for profile, state in found.states.items() if profile in wanted}
    return Survey(states, clusters, unfinished=found.unfinished)


def _report(run: Run, differences: Sequence[check.Difference]) -> int:
    _write_reports(run, differences)
    faults = [item for item in differences if item.is_fault]
    count = len(run.chosen.files)
    if run.form == "github":
        from talos_gpu.output.check_report import github

        click.echo(github(differences), nl=False)
    if run.form == "json":
        rows = [{"path": item.path, "kind": item.kind.value, "why": item.why} for item in differences]
        click.echo(json.dumps({"profiles": count, "upToDate": not faults, "differences": rows}, indent=2))
        return OUT_OF_DATE if faults else 0
    for item in differences if run.form == "text" else ():
        if item.is_fault or not run.quiet:
            click.echo(printable(str(item)), err=item.is_fault)
    if faults:
        run.warn(f"{len(faults)} out of date: run talos-gpu synth and commit the result")
        return OUT_OF_DATE
    if not run.quiet:
        click.echo(f"{_profiles(count)} up to date in {time.monotonic() - run.started:.2f} s")
    return 0


def _write_reports(run: Run, differences: Sequence[check.Difference]) -> None:
    if not run.reports:
        return
    from pathlib import Path

    from talos_gpu.cli.reports import wanted
    from talos_gpu.cli.whole_file import replace
    from talos_gpu.output.check_report import FORMATS

    for form, file in [wanted(text, tuple(FORMATS)) for text in run.reports]:
        replace(Path(file), FORMATS[form](differences).encode())


def _synth(run: Run, code: str) -> int:
    found = run.survey(code)
    stale = [profile for profile in run.chosen.files if profile in found.stale]
    if not stale and _nothing_to_do(run, found):
        run.close(_untouched(found, run.chosen.files))
        return 0
    from talos_gpu.cli.render import render_profiles

    clusters = render_profiles(stale, run.quiet)
    announced = _announce_edits(run, found, stale)
    done = _apply(run, clusters, code)
    for path in done.edited:
        if path not in announced:
            run.warn(f"{run.outdir}/{path} was edited by hand and was replaced: change the profile instead")
    for path in done.kept:
        run.warn(f"{run.outdir}/{path} is no longer rendered, but is not as talos-gpu wrote it: left in place")
    for notice in done.notices:
        run.warn(notice)
    summary = _untouched(found, [profile for profile in run.chosen.files if profile not in stale])
    summary.profiles, summary.written, summary.pruned = len(run.chosen.files), done.written, done.pruned
    summary.unchanged += done.unchanged - 1
    summary.documents = len(done.written) + summary.unchanged
    run.close(summary)
    return 0


def _apply(run: Run, clusters: Sequence[RenderedCluster], code: str) -> Written:
    from talos_gpu.output.write import apply

    return apply(
        run.outdir,
        clusters,
        code=code,
        profiles=run.chosen.everything,
        complete=run.chosen.complete,
        fleet=fleet_page,
        waiting=lambda holder: run.warn(f"waiting for another synth ({holder})"),
    )


def _announce_edits(run: Run, found: Survey, stale: Sequence[str]) -> set[str]:
    """Tells which files a person changed, before they are replaced."""
    edited = {
        f"{name}/{path}"
        for name, cluster in found.clusters.items()
        if cluster.ledger.profile in stale
        for path in cluster.edited
    }
    for path in sorted(edited):
        run.warn(f"{run.outdir}/{path} was edited by hand and is replaced now: change the profile instead")
    return edited


def _nothing_to_do(run: Run, found: Survey) -> bool:
    if found.unfinished or found.broken or (run.chosen.complete and found.orphaned):
        return False
    return not any(item.is_fault for item in _quick(run, found))


def _untouched(found: Survey, files: Sequence[str]) -> Summary:
    """The summary as far as nothing is written: ledgers and the fleet page count as documents."""
    mine = [item for item in found.clusters.values() if item.ledger.profile in set(files)]
    documents = sum(len(item.ledger.files) + 1 for item in mine) + 1
    return Summary(len(files), documents, unchanged=documents)


def _profiles(count: int) -> str:
    return f"{count} profile{'s' * (count != 1)}"
