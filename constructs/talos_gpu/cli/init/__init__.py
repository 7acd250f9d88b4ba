"""`talos-gpu init`: a first profile, by questions, by flags, or out of what other tools read."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import click

from talos_gpu.catalog import Catalogue, NotListed, load_catalogue
from talos_gpu.cli.init.flags import Flags, check_flags, flag_finding, with_v
from talos_gpu.cli.init.pools import with_pools
from talos_gpu.cli.init.questions import Questions
from talos_gpu.cli.init.writing import refuse_existing, write_profile
from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Position
from talos_gpu.profile import parse_profile
from talos_gpu.profile.adopt import Adopted, adopt
from talos_gpu.profile.delivery import Delivery, Layout
from talos_gpu.profile.draft import Draft, profile_text
from talos_gpu.profile.pool import Driver, Pool
from talos_gpu.profile.stack import Stack
from talos_gpu.profile.text import Name
from talos_gpu.report.untrusted import printable

__all__ = ["command"]


def _choice(model: Any, field: str) -> click.Choice[str]:
    """The values of a profile's key as a choice on the command line."""
    annotation = model.model_fields[field].annotation
    literal = next((item for item in get_args(annotation) if get_args(item)), annotation)
    return click.Choice(get_args(literal))


@click.command("init", short_help="Write a first profile.")
@click.option("--cluster", default="", metavar="NAME", help="Name of the cluster, and of its folder below dist/.")
@click.option(
    "--talos", default="", metavar="VERSION", help="Talos release of the nodes, such as those of `catalog list`."
)
@click.option(
    "--contract", default="", metavar="MINOR", help="Talos minor that generated the machine config, if older."
)
@click.option("--kubernetes", default="", metavar="VERSION", help="Kubernetes release.")
@click.option("--endpoint", default="", metavar="URL", help="Address of the Kubernetes API.")
@click.option("--layout", type=_choice(Layout, "kind"), help="How machine configuration reaches Talos.")
@click.option("--delivery", type=_choice(Delivery, "engine"), help="Who applies dist/ to the cluster.")
@click.option("--repo-url", default="", metavar="URL", help="Argo CD: the repository that holds dist/.")
@click.option("--stack", type=_choice(Stack, "kind"), help="What advertises the GPUs to Kubernetes.")
@click.option(
    "--gpu", multiple=True, metavar="[POOL=]MODEL", help="GPU by marketing name or PCI id; per pool if several."
)
@click.option("--gpu-count", type=click.IntRange(1, 64), metavar="N", help="GPUs of one node (default 1).")
@click.option("--track", type=_choice(Driver, "track"), help="Driver line of the Talos release.")
@click.option("--flavour", type=_choice(Driver, "flavour"), help="Open or proprietary kernel modules.")
@click.option("--pool", default="", metavar="NAME", help="Pool of the GPU nodes: its new name, or one found by --from.")
@click.option("--role", type=_choice(Pool, "role"), help="Role of the GPU nodes (default worker).")
@click.option("--schedulable", is_flag=True, help="The GPU nodes are control planes that run workloads.")
@click.option(
    "--node", multiple=True, metavar="NAME=ADDRESS[:DISK]", help="A GPU node; repeatable. IPv6 may stand in []."
)
@click.option(
    "--from", "source", default="", metavar="FILE", help="talconfig.yaml, topf.yaml or machine config to adopt."
)
@click.option("-o", "--output", default="", metavar="FILE", help="Default profiles/<cluster>.yaml; - prints it.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option("--no-input", is_flag=True, help="Ask nothing, even on a terminal.")
def command(**values: Any) -> None:
    """Write a first profile: by questions on a terminal, by flags, or out of the files of another tool.

    With --from, what has no place in a profile is listed with file, line and column, and nothing is invented: which
    GPU the nodes carry is in no such file, so it is asked for or given with --gpu.
    """
    given: dict[str, Any] = {key: value for key, value in values.items() if value is not None}
    flags = Flags(**given)
    check_flags(flags)
    catalogue = load_catalogue()
    adopted = adopt(flags.source, Path.cwd()) if flags.source else Adopted(Draft())
    if flags.source:
        _tell(flags.source, adopted)
    ask = Questions(catalogue, not flags.no_input and sys.stdin.isatty())
    draft = _cluster(_overridden(adopted.draft, flags), flags, ask)
    target = flags.output or f"profiles/{draft.cluster}.yaml"
    if target != "-" and not flags.force:
        refuse_existing(target)
    draft = with_pools(draft, flags, ask)
    _notes(draft, flags, adopted, catalogue)
    _finish(draft, target, flags.force)


def _overridden(draft: Draft, flags: Flags) -> Draft:
    """The draft with every flag that was given in place of what was found."""
    told = {key: getattr(flags, key) for key in ("cluster", "endpoint", "layout", "delivery", "repo_url", "stack")}
    told |= {key: with_v(getattr(flags, key)) for key in ("talos", "contract", "kubernetes")}
    return replace(draft, **{key: value for key, value in told.items() if value})


def _cluster(draft: Draft, flags: Flags, ask: Questions) -> Draft:
    """The draft with cluster and Talos release, asked for where they are missing."""
    if not ask.interactive:
        _require(draft, flags)
    if not draft.cluster:
        draft = replace(draft, cluster=ask.text("Name of the cluster", "--cluster", Name))
    if not draft.talos:
        draft = replace(draft, talos=ask.talos())
    if flags.talos:
        found = ask.catalogue.release(draft.talos)
        if isinstance(found, NotListed):
            raise NotUnderstood([flag_finding("--talos", found.message, found.declare)])
    return draft


def _require(draft: Draft, flags: Flags) -> None:
    """Every missing flag is named at once."""
    missing = [flag for flag, value in (("--cluster", draft.cluster), ("--talos", draft.talos)) if not value]
    if not flags.gpu:
        missing.append("--gpu")
    if missing:
        needed = "a profile needs them" if missing[1:] else "a profile needs it"
        why = "no file says which GPU the nodes carry" if flags.source and missing == ["--gpu"] else needed
        many = f"missing {' and '.join(missing)}: {why}, and there is no terminal to ask on"
        raise NotUnderstood([flag_finding("", many, "Give the flags, or run this on a terminal without --no-input.")])


def _tell(source: str, adopted: Adopted) -> None:
    """What was found and what was not placed, for people, on stderr."""
    draft = adopted.draft
    pools = ", ".join(f"pool {pool.name} (nodes: {len(pool.nodes)})" for pool in draft.pools) or "no pools"
    click.echo(
        f"{printable(source)}: cluster {draft.cluster or 'unknown'}, Talos {draft.talos or 'unknown'}, {pools}",
        err=True,
    )
    if adopted.left:
        click.echo(f"Not placed ({len(adopted.left)}):", err=True)
    for finding in adopted.left:
        click.echo(f"  {printable(str(finding))}", err=True)


def _notes(draft: Draft, flags: Flags, adopted: Adopted, catalogue: Catalogue) -> None:
    """What the user should know of the draft, on stderr."""
    release = catalogue.release(draft.talos)
    if isinstance(release, NotListed):
        click.echo(f"{release.message}; declare it in the profile:\n{release.declare}".rstrip(), err=True)
        return
    newer = release.minor.contract.dialect == "documents"
    if newer and "legacy" in adopted.dialects and not draft.contract:
        click.echo(
            f"{flags.source} speaks the dialect of an older Talos than {release.minor.name}: add --contract with the minor "
            "that generated it, or the rendered patches may be refused",
            err=True,
        )


def _finish(draft: Draft, target: str, force: bool) -> None:
    """The profile is checked, then written or printed."""
    beside = target != "-" and (Path(target).parent / "schema.json").is_file()
    text = profile_text(draft, "./schema.json" if beside else "")
    try:
        parse_profile(text.encode(), target)
    except NotUnderstood as error:
        # The file is not there to be looked at: what counts is the key.
        raise NotUnderstood(replace(item, position=Position("init")) for item in error.findings) from None
    if target == "-":
        click.echo(text, nl=False)
        return
    write_profile(Path(target), text, force)
    click.echo(target)
    click.echo(f"Next: talos-gpu synth {target}", err=True)
