"""The Image Factory's own package judges the texts and ids of schematics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from judge.cluster import Cluster
from judge.factory import Factory
from judge.golden import Recorder
from judge.schematics import texts

from talos_gpu.errors import NotUnderstood
from talos_gpu.plan.decision import Known
from talos_gpu.schematic import canonical, parse, schematic_id, uncertain

EXAMPLES, COMPARED = 5_300, 5_000
"""How many are made; a few are uncertain by our own word, or refused by us alone."""
EQUAL, BOTH = 2_500, 1_000
"""How many of them must be taken by both, and refused by both."""
UNCERTAIN, ALONE = 300, 100
"""How many at most may have keys of uncertain order, and be refused by us alone."""
STRICTER = ("the tag `", "did not find expected alphabetic or numeric character")
"""Foreign tags, which the factory reads as strings, and odd names of anchors, which libyaml does not know."""
ORACLE = "schematicid (image-factory v1.4.0)"


@pytest.fixture(scope="module")
def factory() -> Iterator[Factory]:
    with Factory() as running:
        yield running


def test_rendered_schematics_are_canonical_and_have_the_planned_id(
    everything: list[Cluster], factory: Factory, record: Recorder, verdict
) -> None:
    """The factory would write the very bytes that lie in schematics/, and give them the id of the plan."""
    for cluster in everything:
        for pool in cluster.plan.pools:
            text = cluster.files[f"{cluster.talos_folder}/schematics/{pool.name}.yaml"]
            answer = factory.judge(text)
            equal = answer.canonical == text and answer.id == getattr(pool.schematic.id, "value", None)
            verdict(ORACLE, "refused" if answer.error else "text and id equal" if equal else "text or id differs")
            record.note("schematic", ORACLE, text.decode(), answer.id or answer.error)
            assert not answer.error, f"{cluster}: {answer.error}"
            assert answer.canonical == text, str(cluster)
            assert isinstance(pool.schematic.id, Known)
            assert answer.id == pool.schematic.id.value, str(cluster)
            without = factory.judge(pool.schematic.without_nvidia_text)
            assert (without.id, without.canonical.decode()) == (
                pool.schematic.without_nvidia_id,
                pool.schematic.without_nvidia_text,
            )
            assert answer.id in pool.schematic.installer.value


def test_published_ids_are_the_factory_s(repository: Path, factory: Factory, verdict) -> None:
    """Every schematic with a published id that the tests know."""
    pairs = yaml.safe_load((repository / "tests/schematic/schematic-ids.yaml").read_text())
    entries = pairs if isinstance(pairs, list) else next(value for value in pairs.values() if isinstance(value, list))
    known = [(entry["id"], entry.get("text") or entry.get("canonical") or entry.get("schematic")) for entry in entries]
    for identity, text in known:
        answer = factory.judge(text if isinstance(text, str) else yaml.safe_dump(text))
        verdict(ORACLE, "published id" if answer.id == identity else "published id differs")
        assert answer.id == identity


def test_any_text_gets_the_same_id_or_is_refused_by_both(factory: Factory, verdict) -> None:
    """Quoting, unicode, many lines, META, overlays, wrong keys, wrong types, broken YAML."""
    seen: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(texts())
    def agree(text: str) -> None:
        theirs = factory.judge(text)
        try:
            ours = parse(text, "random.yaml")
        except NotUnderstood as error:
            ours, said = None, [finding.message for finding in error.findings]
        if ours is None:
            if any(word in message for word in STRICTER for message in said):
                seen["refused by us alone, by design"] += 1
                return
            seen["refused by both" if theirs.error else "refused by us alone, wrongly"] += 1
            assert theirs.error, f"we refuse what the factory takes: {said}"
            return
        if theirs.error:
            seen["taken by us alone, wrongly"] += 1
        assert not theirs.error, f"we take what the factory refuses: {theirs.error}"
        if any("order" in reason for reason in uncertain(ours)):
            seen["order of keys uncertain, as we say"] += 1
            return
        equal = canonical(ours).encode() == theirs.canonical and schematic_id(ours) == theirs.id
        seen["random text and id equal" if equal else "random text or id differs"] += 1
        assert canonical(ours).encode() == theirs.canonical
        assert schematic_id(ours) == theirs.id

    try:
        agree()
    finally:
        for word, number in seen.items():
            verdict(ORACLE, word, number)
    assert seen["random text and id equal"] >= EQUAL
    assert seen["refused by both"] >= BOTH
    assert seen["random text and id equal"] + seen["refused by both"] >= COMPARED
    assert seen["order of keys uncertain, as we say"] <= UNCERTAIN
    assert seen["refused by us alone, by design"] <= ALONE
