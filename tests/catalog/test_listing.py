"""Tables and records of the catalogue."""

from __future__ import annotations

import json

import pytest

from talos_gpu.catalog import NotListed, load_catalogue
from talos_gpu.catalog.listing import TOPICS, listed, shown

COUNTS = {
    "releases": 96,
    "eras": 3,
    "gpus": 223,
    "branches": 20,
    "toolkits": 27,
    "images": 26,
    "charts": 45,
    "modules": 9,
}


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_a_table(topic: str) -> None:
    """As many cells in each row as there are columns."""
    table = listed(load_catalogue(), topic)
    assert len(table.rows) == COUNTS[topic]
    assert all(len(row) == len(table.columns) and all(isinstance(cell, str) for cell in row) for row in table.rows)


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("releases", "v1.14.6"),
        ("eras", "cdi"),
        ("gpus", "L40S"),
        ("branches", "580"),
        ("toolkits", "12.8"),
        ("images", "12.4.1"),
        ("charts", "gpu-operator"),
        ("charts", "gpu-operator@v26.3.3"),
        ("modules", "gdrdrv"),
    ],
)
def test_everything_can_be_shown_as_json(topic: str, name: str) -> None:
    """A record is plain data."""
    found = shown(load_catalogue(), topic, name)
    assert not isinstance(found, NotListed)
    assert json.loads(json.dumps(found)) == found


def test_a_record_says_what_is_missing_and_who_says_the_rest() -> None:
    """Facts keep source and date."""
    found = shown(load_catalogue(), "releases", "v1.14.6")
    assert not isinstance(found, NotListed)
    assert found["container_toolkit"]["lastKnown"] == "v1.19.1"
    assert found["kernel"]["value"] == "6.18.63"
    assert "1348" in found["kernel"]["source"]
    assert found["kernel"]["checked"] == "2026-11-21"


def test_an_ambiguous_gpu_shows_its_candidates() -> None:
    """V100 is seven cards."""
    found = shown(load_catalogue(), "gpus", "V100")
    assert not isinstance(found, NotListed)
    assert len(found["candidates"]) == 7


def test_an_unknown_thing_is_not_listed() -> None:
    """The nearest are named."""
    assert isinstance(shown(load_catalogue(), "eras", "future"), NotListed)
    assert isinstance(shown(load_catalogue(), "releases", "v1.14.99"), NotListed)
