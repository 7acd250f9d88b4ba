"""An upgrade as a person and a program read it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from jsonschema import Draft202012Validator
from upgraded_profiles import OPERATOR, TURING, VOLTA

from talos_gpu.review.telling.upgrade_document import json_document, json_schema_text
from talos_gpu.review.telling.upgrade_text import text
from talos_gpu.review.upgrade.model import EditedLine

TOO_NEW = "catalogue: {talos: {v1.13.77: {sameAs: v1.13.12, kubernetesRange: [1.31.0, 1.33.99]}}}\n"
"""A release on the way that does not run the cluster's Kubernetes, and no step brings that back."""


def test_the_verdict_stands_in_the_first_line(upgraded) -> None:
    """Then what it would be with the proposals."""
    lines = text(upgraded(VOLTA, "v1.13.12")).splitlines()
    assert lines[0] == "lab: Talos v1.12.11 -> v1.13.12: blocked"
    assert lines[1] == "  with the changes of the profile that are proposed below: safe with steps"


def test_a_proposal_is_marked_as_one_and_never_stands_for_the_profile(upgraded) -> None:
    """Both ways of the hop are told, the present profile first."""
    told = text(upgraded(VOLTA, "v1.13.12"))
    headings = [line for line in told.splitlines() if line.startswith("hop")]
    assert headings == [
        "hop 1 of 1: Talos v1.12.11 -> v1.13.12, with the profile as it is: blocked",
        "hop 1 of 1: Talos v1.12.11 -> v1.13.12, with this change of the profile: safe with steps",
    ]
    refused, offered = told.split("\n\n")[1:]
    assert "looked at with this in the profile" in refused
    assert "has no driver, and no CUDA program runs" in refused
    assert "rollout" not in refused
    assert "    - proposed: it solves pools.v100.driver.track" in offered
    assert "        9 +     driver: {track: lts}" in offered


def test_a_hop_tells_what_to_write_to_do_to_expect_and_the_way_back(upgraded) -> None:
    """In this order; commands stand alone on their lines."""
    told = text(upgraded(OPERATOR, "v1.13.12"))
    parts = [
        "  write into the profile", "        2 + talos: v1.13.12", "  what stops working", "  what it costs",
        "  rollout: 3 reboots in all", "          $ flux suspend kustomization talos-gpu -n flux-system",
        "    expected afterwards", "      pool gpu: kernel 6.18.57-talos, driver 580.178.04, CUDA 13.0",
        "  the way back, in this order",
    ]  # fmt: skip
    lines = told.splitlines()
    assert [line for line in lines if line in parts] == parts
    back = lines[lines.index(parts[-1]) + 1 :]
    assert back[0].endswith("talosctl --nodes 192.0.2.22 rollback")
    assert back[-1] == "    - then take the change of the profile back, and render again"


def test_what_was_not_looked_at_is_said(upgraded) -> None:
    """Without a plan there is no next hop to start, and the whole is blocked."""
    found = upgraded(OPERATOR + TOO_NEW, "v1.14.6")
    told = text(found).splitlines()
    assert told[0] == "homelab: Talos v1.12.11 -> v1.14.6: blocked"
    assert told[-1] == "Not looked at: v1.13.77 -> v1.14.6. No plan can be made that they would start from."
    assert (len(found.hops), found.is_complete, found.reboots) == (1, False, None)


def test_a_release_that_nobody_knows_comes_with_how_to_declare_it(upgraded) -> None:
    """As lines to type."""
    lines = text(upgraded(OPERATOR, "v1.14.77")).splitlines()
    assert lines[0] == "homelab: Talos v1.12.11 -> v1.14.77: unknown"
    assert "      talos-gpu catalog add v1.14.77 --from list.json" in lines
    assert "          v1.14.77: {sameAs: v1.14.6}" in lines


def test_a_stranger_s_words_steer_no_terminal(upgraded) -> None:
    """Control characters are shown escaped, wherever they come from."""
    bad = "\x1b[31m\u202e\n::error::"
    found = upgraded(VOLTA, "v1.13.12")
    (hop,) = found.hops
    finding = replace(hop.way.findings[0], message=bad, remedy=bad, source=bad, path=bad)
    loss = replace(hop.way.losses[0], what=bad, why=bad, source=bad, pool=bad)
    change = replace(hop.way.change, lines=(EditedLine("+", 1, bad),), file=bad)
    way = replace(hop.way, findings=(finding,), losses=(loss,), change=change, reasons=(bad,), files=(("added", bad),))
    told = text(replace(found, cluster=bad, notes=(bad,), hops=(replace(hop, way=way, proposal=bad),)))
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert not any(line.lstrip().startswith("::") for line in told.splitlines())


def test_the_document_says_the_same_to_a_program(upgraded) -> None:
    """Keys are camelCase; both ways of a hop are in it."""
    found = json.loads(json_document(upgraded(VOLTA, "v1.13.12")))
    assert (found["schemaVersion"], found["verdict"], found["verdictWithChanges"]) == (1, "blocked", "safe with steps")
    (hop,) = found["hops"]
    assert hop["asItIs"]["rollout"] is None
    assert hop["asItIs"]["losses"][0]["answer"] == "no"
    assert hop["asItIs"]["findings"][0]["place"] == {"file": "profiles/a.yaml", "line": 9, "column": 21}
    proposed = hop["proposed"]
    assert proposed["rollout"]["expected"][0]["driver"] == "580.178.04"
    assert proposed["impact"]["pools"][0]["verdict"] == "node-upgrade"
    assert "+    driver: {track: lts}" in proposed["change"]["diff"].splitlines()
    assert {"status": "removed", "path": "dist/lab/talos/patches/v100/20-sysctls.yaml"} in proposed["files"]


def test_the_published_schema_is_the_models_and_holds_for_every_document(upgraded) -> None:
    """Regenerate with `make schema`."""
    published = Path(__file__).resolve().parents[3] / "docs/upgrade.schema.json"
    assert published.read_text() == json_schema_text()
    validator = Draft202012Validator(json.loads(published.read_text()))
    for profile, to in (
        (TURING, "v1.14.6"),
        (VOLTA, "v1.13.12"),
        (OPERATOR, "v1.14.77"),
        (OPERATOR + TOO_NEW, "v1.14.6"),
    ):
        assert list(validator.iter_errors(json.loads(json_document(upgraded(profile, to))))) == []


def test_the_same_upgrade_gives_the_same_bytes(upgraded) -> None:
    """ASCII alone."""
    one, two = (json_document(upgraded(TURING, "v1.14.6")) for _ in range(2))
    assert one == two
    assert one.isascii()
