"""`talos-gpu synth`: profiles in, committed files out."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import click

from talos_gpu.cli.failure import OUT_OF_DATE, printable
from talos_gpu.cli.profiles import code as code_of_run
from talos_gpu.cli.profiles import find_profiles
from talos_gpu.output import check
from talos_gpu.output.fleet_page import fleet_page
from talos_gpu.output.survey import Survey, survey

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
            f"{self.profiles} profile{'s' * (self.profiles != 1)}, {self.documents} documents: "
            f"{len(self.written)} written, {self.unchanged} unchanged, {len(self.pruned)} pruned in {self.seconds:.2f} s"
        )


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
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Of the closing summary.")
def command(
    profiles: Sequence[str], outdir: str | None, check_only: bool, full: bool | None, quiet: bool, form: str
) -> int:
    """Render PROFILES (default: profiles/*.yaml) into the output folder.

    Only files that changed are written, and only files that talos-gpu wrote before are removed. Commit the result:
    it is what Flux, Argo CD, talhelper, topf, talosctl and OpenTofu read, and what reviewers see.
    """
    started = time.monotonic()
    target = outdir or os.environ.get("CDK8S_OUTDIR") or "dist"
    chosen = find_profiles(profiles)
    if full and not check_only:
        raise click.UsageError("--full goes with --check.")
    if check_only and (full if full is not None else bool(os.environ.get("CI"))):
        return _check_full(target, chosen.files, chosen.complete, quiet, form, started)
    code = code_of_run()
    found = survey(target, chosen.everything, code)
    if check_only:
        differences = check.quick(target, _only(found, chosen.files), fleet_page if chosen.complete else None)
        return _report(differences, len(chosen.files), quiet, form, started)
    if _nothing_to_do(target, found, chosen.files, chosen.complete):
        _close(_unchanged(found, chosen.files), quiet, form, started)
        return 0
    return _synth(target, found, chosen.files, chosen.everything, chosen.complete, code, quiet, form, started)


def _only(found: Survey, files: Sequence[str]) -> Survey:
    """The survey without what belongs to profiles that were not asked for."""
    wanted = set(files)
    clusters = {
        name: item for name, item in found.clusters.items() if item.ledger.profile in wanted or name in found.orphaned
    }
    states = {profile: state for profile, state in found.states.items() if profile in wanted}
    return Survey(states, clusters, found.orphaned, found.broken, found.foreign, found.unfinished)


def _nothing_to_do(target: str, found: Survey, files: Sequence[str], complete: bool) -> bool:
    if found.unfinished or found.broken or any(profile in found.stale for profile in files):
        return False
    if complete and found.orphaned:
        return False
    faults = check.quick(target, _only(found, files), fleet_page if complete else None)
    return not any(item.is_fault for item in faults)


def _unchanged(found: Survey, files: Sequence[str]) -> Summary:
    mine = [item for item in found.clusters.values() if item.ledger.profile in set(files)]
    documents = sum(len(item.ledger.files) + 1 for item in mine) + 1
    return Summary(len(files), documents, unchanged=documents)


def _check_full(target: str, files: Sequence[str], complete: bool, quiet: bool, form: str, started: float) -> int:
    from talos_gpu.cli.render import render_profiles

    clusters = render_profiles(files, quiet, cached=False)
    differences = check.full(target, clusters, code_of_run(), fleet_page, complete=complete)
    return _report(differences, len(files), quiet, form, started)


def _report(differences: Sequence[check.Difference], profiles: int, quiet: bool, form: str, started: float) -> int:
    faults = [item for item in differences if item.is_fault]
    if form == "json":
        rows = [{"path": item.path, "kind": item.kind.value, "why": item.why} for item in differences]
        click.echo(json.dumps({"profiles": profiles, "upToDate": not faults, "differences": rows}, indent=2))
        return OUT_OF_DATE if faults else 0
    for item in differences:
        if item.is_fault or not quiet:
            click.echo(printable(str(item)), err=item.is_fault)
    if faults:
        click.echo(f"{len(faults)} out of date: run talos-gpu synth and commit the result", err=True)
        return OUT_OF_DATE
    if not quiet:
        click.echo(f"{profiles} profile{'s' * (profiles != 1)} up to date in {time.monotonic() - started:.2f} s")
    return 0


def _synth(
    target: str,
    found: Survey,
    files: Sequence[str],
    everything: Sequence[str],
    complete: bool,
    code: str,
    quiet: bool,
    form: str,
    started: float,
) -> int:
    from talos_gpu.cli.render import render_profiles
    from talos_gpu.output.write import apply

    stale = [profile for profile in files if profile in found.stale]
    clusters = render_profiles(stale, quiet)
    done = apply(
        target,
        clusters,
        code=code,
        profiles=everything,
        complete=complete,
        fleet=fleet_page,
        waiting=lambda holder: click.echo(f"waiting for another synth ({holder})", err=True),
    )
    for path in done.edited:
        click.echo(
            printable(f"{target}/{path} was edited by hand and is replaced: change the profile instead"), err=True
        )
    for path in done.kept:
        click.echo(printable(f"{target}/{path} is no longer rendered, but was edited by hand: left in place"), err=True)
    for notice in done.notices:
        click.echo(printable(notice), err=True)
    rest = _unchanged(found, [profile for profile in files if profile not in stale])
    summary = Summary(len(files), written=done.written, pruned=done.pruned)
    summary.unchanged = done.unchanged + rest.documents - 1
    summary.documents = len(done.written) + summary.unchanged
    _close(summary, quiet, form, started)
    return 0


def _close(summary: Summary, quiet: bool, form: str, started: float) -> None:
    summary.seconds = round(time.monotonic() - started, 3)
    if form == "json":
        click.echo(json.dumps(asdict(summary), indent=2))
    elif not quiet:
        click.echo(summary.sentence())
    sys.stdout.flush()
