"""What a change costs, for a person at a terminal: a table of verdicts per cluster, then the causes, dangers first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from talos_gpu.report.untrusted import log_line
from talos_gpu.review.impact.rule import Rule
from talos_gpu.review.impact.verdict import DANGERS, Cause, ClusterImpact, ScopeImpact, Verdict, worst
from talos_gpu.review.telling.wrapping import wrapped

__all__ = ["Paint", "Style", "rules_table", "text"]

Style = Literal["cluster", "danger", "cost", "mild", "faint", "heading"]
Paint = Callable[[str, Style], str]
"""Gives a text its colour; the identity where there is none."""

_KUBERNETES = "kubernetes"
_MILD = frozenset({"none", "live"})


def text(
    impacts: Sequence[ClusterImpact],
    paint: Paint = lambda words, _: words,
    steps: Mapping[str, str] = MappingProxyType({}),
    stale: Sequence[str] = (),
) -> str:
    """The whole report; ends with one line that sums it up.

    `steps` are rollouts as text, by cluster; `stale` are profiles that changed without their output.
    """
    if not impacts and not stale:
        return "no cluster changed\n"
    blocks = ["\n".join((*_cluster(impact, paint), *_steps(steps.get(impact.name, "")))) for impact in impacts]
    return "\n\n".join([*_stale(stale, paint), *blocks, _summary(impacts, stale)]) + "\n"


def _stale(profiles: Sequence[str], paint: Paint) -> Iterator[str]:
    if profiles:
        names = log_line(", ".join(profiles))
        yield (
            paint("unknown", "danger")
            + f"  {names} changed, and was not rendered: run talos-gpu synth and commit the result"
        )


def _steps(told: str) -> Iterator[str]:
    if told:
        yield from ("", told)


def _summary(impacts: Sequence[ClusterImpact], stale: Sequence[str]) -> str:
    count = len(impacts)
    verdict = "unknown" if stale else worst(impact.verdict for impact in impacts)
    return f"{count} cluster{'s' * (count != 1)} changed, at worst: {verdict}"


def _cluster(impact: ClusterImpact, paint: Paint) -> Iterator[str]:
    yield paint(log_line(impact.name), "cluster") + log_line(f" ({impact.status}{_releases(impact)})")
    yield ""
    yield from _table(impact, paint)
    causes = impact.causes
    dangers = [cause for cause in causes if cause.verdict in DANGERS]
    costs = [cause for cause in causes if cause.verdict not in DANGERS and cause.verdict != "none"]
    for heading, group in (("dangers", dangers), ("costs", costs)):
        if group:
            yield from ("", paint(f"  {heading}", "heading"))
            for cause in group:
                yield from _cause(cause, _scopes(impact, cause), paint)
    free = [cause for cause in causes if cause.verdict == "none"]
    if free:
        yield from ("", paint("  without effect", "heading"))
        yield from (
            paint(f"    {log_line(_what(cause))}: {log_line(cause.why)} ({cause.rule})", "faint") for cause in free
        )
    if impact.notes:
        yield from ("", paint("  not read or planned", "heading"))
        yield from (line for note in impact.notes for line in wrapped(note, "    "))


def _releases(impact: ClusterImpact) -> str:
    before, after = impact.talos
    if before and after and before != after:
        return f", Talos {before} -> {after}"
    return f", Talos {after or before}" if after or before else ""


def _table(impact: ClusterImpact, paint: Paint) -> Iterator[str]:
    rows = [(log_line(_name(scope)), _count(scope), scope.verdict) for scope in impact.scopes]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, count, verdict in rows:
        yield f"  {name:<{widths[0]}}  {count:<{widths[1]}}  {paint(verdict, _style(verdict))}"


def _name(scope: ScopeImpact) -> str:
    return f"pool {scope.name}" if scope.name else _KUBERNETES


def _count(scope: ScopeImpact) -> str:
    count = len(scope.nodes)
    return "" if not scope.name or not count else f"{count} node{'s' if count > 1 else ''}"


def _scopes(impact: ClusterImpact, cause: Cause) -> str:
    return ", ".join(_name(scope) for scope in impact.scopes if cause in scope.causes)


def _what(cause: Cause) -> str:
    return f"{cause.subject}: {cause.path}" if cause.path else cause.subject


def _cause(cause: Cause, scopes: str, paint: Paint) -> Iterator[str]:
    label = paint(cause.verdict, _style(cause.verdict))
    # A pool that is itself what changed is named once.
    where = "" if cause.subject == scopes else f"{scopes}: "
    yield f"    {label}  {log_line(f'{where}{_what(cause)}')} {cause.kind} ({cause.rule})"
    if cause.before or cause.after:
        yield f"      {log_line(_sides(cause))}"
    yield paint(f"      {log_line(str(cause.place))}", "faint")
    yield from wrapped(cause.why, "      ")
    for word, said in (("do", cause.do), ("back", cause.back)):
        if said:
            yield from wrapped(f"{word}: {said}", "      ")
    if cause.lines:
        yield paint(f"      because of {log_line(', '.join(map(str, cause.lines)))}", "faint")
    if cause.source:
        yield paint(f"      source: {log_line(cause.source)}", "faint")


def _sides(cause: Cause) -> str:
    if cause.kind == "added" or not cause.before:
        return f"now {cause.after}"
    return f"was {cause.before}" if cause.kind == "removed" or not cause.after else f"{cause.before} -> {cause.after}"


def _style(verdict: Verdict) -> Style:
    return "danger" if verdict in DANGERS else "mild" if verdict in _MILD else "cost"


def rules_table(rules: Iterable[Rule]) -> str:
    """Every row of facts: what it is about, what it costs, why, and who says so."""
    return "\n\n".join("\n".join(_rule(rule)) for rule in rules) + "\n"


def _rule(rule: Rule) -> Iterator[str]:
    yield f"{rule.id}: {rule.verdict}"
    kinds, places = " or ".join(rule.of), " | ".join(filter(None, rule.patterns))
    yield "  " + " ".join(filter(None, (rule.about, kinds, places and f"at {places}", " or ".join(rule.change))))
    limits = [f"from {rule.since}"] * bool(rule.since) + [f"before {rule.before}"] * bool(rule.before)
    limits += [f"bringing a release before {rule.arriving_before}"] * bool(rule.arriving_before)
    limits += [f"when {flag}" for flag in rule.when] + [f"unless {flag}" for flag in rule.unless]
    limits += [f"role {rule.role}"] * bool(rule.role)
    if limits:
        yield f"  {', '.join(limits)}"
    for words in (rule.why, rule.do and f"do: {rule.do}", rule.back and f"back: {rule.back}"):
        yield from wrapped(words, "  ") if words else ()
    yield from wrapped(f"source: {rule.source} (checked {rule.checked})", "  ")
