"""An upgrade for a person at a terminal: the verdict first, then hop by hop what to write, to do and to expect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from talos_gpu.finding import Finding
from talos_gpu.report.untrusted import log_line
from talos_gpu.review.rollout import RolloutStep
from talos_gpu.review.telling import costs, steps
from talos_gpu.review.telling.wrapping import wrapped
from talos_gpu.review.upgrade.model import Decided, Hop, Loss, Upgrade, UpgradeVerdict, Way

__all__ = ["Paint", "Style", "text"]

Style = costs.Style | steps.Style
Paint = Callable[[str, Style], str]
"""Gives a text its colour; the identity where there is none."""

_STYLES: Mapping[UpgradeVerdict, Style] = {
    "safe": "mild",
    "safe with steps": "cost",
    "unknown": "danger",
    "blocked": "danger",
}
_ID_DIGITS = 12
_DIGEST = 64
_NAMED = 6
"""More files, or images, than these are counted."""


def text(upgrade: Upgrade, paint: Paint = lambda words, _: words) -> str:
    """The whole report; its first line says whether the upgrade is safe."""
    blocks = [[*_head(upgrade, paint)]]
    for number, hop in enumerate(upgrade.hops, start=1):
        blocks += [[*block] for block in _hop(hop, f"hop {number} of {len(upgrade.releases) - 1}", paint)]
    if not upgrade.unknown and not upgrade.is_complete:
        left = " -> ".join(upgrade.releases[len(upgrade.hops) :])
        blocks.append([*wrapped(f"Not looked at: {left}. No plan can be made that they would start from.", "")])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _head(upgrade: Upgrade, paint: Paint) -> Iterator[str]:
    verdict = upgrade.verdict
    what = paint(log_line(upgrade.cluster), "cluster") + f": Talos {upgrade.before} -> {upgrade.after}: "
    yield what + paint(verdict, _STYLES[verdict])
    changed = upgrade.verdict_with_changes
    if changed != verdict:
        yield f"  with the changes of the profile that are proposed below: {paint(changed, _STYLES[changed])}"
    if upgrade.unknown:
        yield from wrapped(f"{upgrade.unknown}.", "  ")
        yield from (f"  {log_line(line)}" for line in upgrade.remedy.splitlines())
    elif len(upgrade.releases) > 2:
        yield from wrapped(
            f"one minor after the other, each a change of its own: {' -> '.join(upgrade.releases)}", "  "
        )
    for number, hop in enumerate(upgrade.hops, start=1):
        if len(upgrade.hops) > 1:
            yield f"  hop {number}, to {hop.after}: {_verdicts(hop, paint)}"
    if not upgrade.unknown:
        yield f"  reboots of nodes, all together: {'not known' if upgrade.reboots is None else upgrade.reboots}"
    for note in upgrade.notes:
        yield from wrapped(note, "  ")


def _verdicts(hop: Hop, paint: Paint) -> str:
    told = paint(hop.way.verdict, _STYLES[hop.way.verdict])
    if hop.proposed is None:
        return told
    return f"{told}; with a change of the profile: {paint(hop.proposed.verdict, _STYLES[hop.proposed.verdict])}"


def _hop(hop: Hop, name: str, paint: Paint) -> Iterator[Iterator[str]]:
    title = f"{name}: Talos {hop.before} -> {hop.after}"
    given = ", after the change proposed before" if hop.follows_proposal else ""
    yield _way(hop.way, f"{title}{given}, with the profile as it is", "" if hop.proposed else hop.proposal, paint)
    if hop.proposed is not None:
        yield _way(hop.proposed, f"{title}{given}, with this change of the profile", hop.proposal, paint)


def _way(way: Way, title: str, proposal: str, paint: Paint) -> Iterator[str]:
    yield f"{paint(title, 'heading')}: {paint(way.verdict, _STYLES[way.verdict])}"
    reasons = [f"proposed: {proposal}"] if proposal else []
    sections: list[tuple[str, Iterable[str]]] = [
        ("why", _listed([*reasons, *way.reasons])),
        ("write into the profile" if way.rollout else "looked at with this in the profile", _change(way, paint)),
        ("findings that appear", _findings(way.findings, paint)),
        ("what stops working", _losses(way)),
        ("what is decided differently", _decided(way.decided)),
        ("rendered differently", _files(way)),
        ("what it costs", _costs(way, paint)),
    ]
    yield from _sections(sections, paint)
    if way.rollout is not None:
        yield from filter(None, steps.steps_text(way.rollout, paint).splitlines())
        yield from _sections([("the way back, in this order", _back(way.rollout.steps))], paint)


def _sections(sections: Iterable[tuple[str, Iterable[str]]], paint: Paint) -> Iterator[str]:
    """Each with its heading; one that has nothing to say is left out."""
    for heading, lines in sections:
        told = list(lines)
        if told:
            yield paint(f"  {heading}", "heading")
            yield from told


def _listed(reasons: Iterable[str]) -> Iterator[str]:
    for reason in reasons:
        yield from wrapped(reason, "    - ", "      ")


def _change(way: Way, paint: Paint) -> Iterator[str]:
    yield paint(f"    {log_line(way.change.file)}", "faint")
    for line in way.change.lines:
        yield f"    {line.number:>5} {line.sign} {log_line(line.text)}"
    if way.rollout is not None:
        yield from wrapped(
            "Then `talos-gpu synth`; commit both. Merge when the steps below say so, not before.", "    "
        )


def _findings(findings: Sequence[Finding], paint: Paint) -> Iterator[str]:
    for finding in findings:
        label = " ".join(filter(None, (finding.severity, finding.rule)))
        style: Style = "danger" if finding.severity == "error" else "cost" if finding.severity == "warning" else "mild"
        yield f"    {paint(label, style)}  {log_line(str(finding))}"
        for line in finding.remedy.splitlines():
            yield from wrapped(line, "      ") if line.endswith(".") else (f"      {log_line(line)}",)
        if finding.source:
            yield paint(f"      source: {log_line(finding.source)}", "faint")


def _losses(way: Way) -> Iterator[str]:
    if not way.losses and way.rollout is not None:
        yield "    nothing of what certainly runs today: every GPU keeps a driver, every known CUDA image and toolkit runs"
    for (pool, kind, answer), group in groupby(way.losses, key=lambda loss: (loss.pool, loss.kind, loss.answer)):
        yield from _lost(pool, kind, answer, list(group))


def _lost(pool: str, kind: str, answer: str, losses: Sequence[Loss]) -> Iterator[str]:
    names = [loss.what for loss in losses]
    shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    how = "does not run" if answer == "no" else "nobody knows whether it runs"
    if kind == "gpu":
        how = "has no driver, and no CUDA program runs" if answer == "no" else "nobody knows whether it has a driver"
    yield from wrapped(f"pool {pool}: {kind} {shown}: {how}", "    - ", "      ")
    for why, source in dict.fromkeys((loss.why, loss.source) for loss in losses[:_NAMED]):
        yield from wrapped(why, "      ")
        if source:
            yield f"      source: {log_line(source)}"


def _decided(rows: Iterable[Decided]) -> Iterator[str]:
    for row in rows:
        place = f"pool {row.pool}: " if row.pool else ""
        before, after = (_short(value) if value else "none" for value in (row.before, row.after))
        yield f"    {log_line(f'{place}{row.what}: {before} -> {after}')}"
        if row.what != "schematic":
            yield from wrapped(row.why, "      ")


def _short(value: str) -> str:
    return f"{value[:_ID_DIGITS]}..." if len(value) == _DIGEST else value


def _costs(way: Way, paint: Paint) -> Iterator[str]:
    if way.impact is None:
        return
    for scope in way.impact.scopes:
        name = f"pool {scope.name}" if scope.name else "kubernetes"
        nodes = f" ({', '.join(scope.nodes)})" if scope.nodes else ""
        style: Style = "mild" if scope.verdict == "none" else "cost"
        yield f"    {log_line(f'{name}{nodes}')}: {paint(scope.verdict, style)}"


def _back(taken: Sequence[RolloutStep]) -> Iterator[str]:
    numbered = [*enumerate(taken, start=1)]
    undone = [f"of step {number}, {step.title}: {step.back}" for number, step in reversed(numbered) if step.back]
    if undone:
        yield from _listed([*undone, "then take the change of the profile back, and render again"])


def _files(way: Way) -> Iterator[str]:
    for status, group in groupby(sorted(way.files), key=lambda file: file[0]):
        names = [path for _, path in group]
        shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        yield from wrapped(f"{status}: {shown}", "    - ", "      ")
