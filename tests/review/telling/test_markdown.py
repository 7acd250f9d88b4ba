"""The comment on a pull request: right for who knows nothing of Talos, and no tool of who wrote the change."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from talos_gpu.finding import Position
from talos_gpu.review.impact.verdict import Cause, ClusterImpact, ScopeImpact, Verdict
from talos_gpu.review.review import Review
from talos_gpu.review.rollout import Rollout
from talos_gpu.review.rollout.plan import RolloutStep
from talos_gpu.review.states import ClusterChange, State, difference
from talos_gpu.review.telling.comment.quoting import sentence, words
from talos_gpu.review.telling.github import github
from talos_gpu.review.telling.json_document import json_document
from talos_gpu.review.telling.markdown import markdown

from .conftest import CHANGED, HOSTILE, PROFILE, cause, compared, fleet, impact, nothing, tree_of

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = re.compile(
    r"<details><summary>[^<>]*(<code>[^<>]*</code> [a-z]+: <b>[^<>]*</b>[^<>]*)?</summary>\n|</details>\n?"
)
MARKER = "<!-- talos-gpu review -->\n"


def tokens(text: str) -> list[Token]:
    return PARSER.parse(text)


def tables(every: list[Token]) -> list[list[list[str]]]:
    """Every table as its rows of cells, the head among them."""
    found: list[list[list[str]]] = []
    for number, token in enumerate(every):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in {"td_open", "th_open"}:
            found[-1][-1].append(every[number + 1].content)
    return found


def units(text: str) -> int:
    """Characters as GitHub's API counts them; fails for text that cannot be sent."""
    return len(text.encode("utf-16-le")) // 2


def assert_harmless(text: str, every: list[Token]) -> None:
    """No HTML but ours, all of it closed; no mention, reference, picture, or link that is not a source."""
    inline = [child for token in every for child in token.children or []]
    html = [token.content for token in (*every, *inline) if token.type.startswith("html")]
    for content in html:
        assert OURS.fullmatch(content), content
    assert sum("<details>" in content for content in html) == sum("</details>" in content for content in html)
    assert {token.type for token in inline}.isdisjoint({"image"})
    links = [str(token.attrs["href"]) for token in inline if token.type == "link_open"]
    assert all(link.startswith("https://docs.siderolabs.com/") for link in links)
    for token in every:
        shown = "".join(child.content for child in token.children or [] if child.type.startswith("text"))
        assert not re.search("[@#](?!\u200b)|GH-\\d|://(?!docs.siderolabs.com)|www\\.", shown), shown
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ud800-\udfff]", text)
    assert not re.search(r"^\s*::|##[A-Za-z]*\[", text, re.MULTILINE)
    assert units(MARKER + text) <= 65_536


def test_the_headline_says_the_worst_in_words_and_counts(small: Review) -> None:
    """Who reads nothing else knows what it costs."""
    text = markdown(small)
    assert text.startswith("## 🟠 talos-gpu: node upgrade; 1 cluster changed; 2 nodes concerned; 2 reboots\n")
    assert "the node gets another boot image, and reboots into it" in text


def test_the_table_has_a_row_for_each_pool_and_the_kubernetes_side(small: Review) -> None:
    """With the verdict in words, nodes, reboots and the release."""
    rows = tables(tokens(markdown(small)))[0]
    assert [(row[0], row[1], row[3], row[4], row[5]) for row in rows[1:]] == [
        ("`homelab`", "pool `cp`", "1: `cp-1`", "0", "`v1.13.11`"),
        ("`homelab`", "pool `gpu`", "2: `gpu-1`, `gpu-2`", "2", "`v1.13.11`"),
        ("`homelab`", "Kubernetes", "-", "0", "`v1.13.11`"),
    ]
    assert [row[2].partition("**: ")[0] for row in rows[1:]] == [
        "⚪ **no effect", "🟠 **node upgrade", "🟡 **pods restart",
    ]  # fmt: skip


def test_the_rows_add_up_to_the_reboots_of_the_rollout(small: Review) -> None:
    """Two ways to count the same."""
    rows = tables(tokens(markdown(small)))[0]
    assert sum(int(row[4]) for row in rows[1:]) == small.rollouts[0].reboots == 2


def test_steps_are_numbered_and_have_commands_and_the_way_back(small: Review) -> None:
    """A list whose numbers go on from phase to phase."""
    text = markdown(small)
    steps = small.rollouts[0].steps
    starts = [token for token in tokens(text) if token.type == "list_item_open" and token.info]
    assert [int(token.info) for token in starts] == list(range(1, len(steps) + 1))
    commands = [token.content.strip() for token in tokens(text) if token.type == "fence" and token.info == "sh"]
    assert commands == [step.command for step in steps if step.command]
    assert "The way back: `talosctl --nodes 192.0.2.21 rollback`" in text


def test_versions_afterwards_and_what_nobody_knows_of_them(small: Review) -> None:
    """A dash has its reason below the table."""
    text = markdown(small)
    assert tables(tokens(text))[1][2] == ["`gpu`", "`6.18.54-talos`", "`595.91.07`", "`13.2`", "-"]
    assert "Not known of `gpu`: toolkit: not stated for v1.13" in text


def test_each_change_names_the_line_of_the_profile(small: Review) -> None:
    """As `file:line:column`."""
    assert "**Caused by** `profiles/homelab.yaml:11:22`" in markdown(small)


def test_objects_and_fields_are_a_difference_and_files_of_text_line_by_line(small: Review) -> None:
    """What a machine reads comes before the pages for people."""
    text = markdown(small)
    fences = [token.content for token in tokens(text) if token.type == "fence" and token.info == "diff"]
    (job,) = [content for content in fences if "Job gpu-operator/gpu-smoke-test" in content]
    assert "\n- spec.template.spec.initContainers[name=nvidia-smi].image: nvcr.io/nvidia/cuda:13.0.3-base" in job
    assert "! schematic 86a5d7c9... -> 6698d6f1...: + siderolabs/nvidia-container-toolkit-production" in text
    assert text.index("talos/commands.sh` changed") < text.index("dist/homelab/README.md` changed")
    assert_harmless(text, tokens(text))


def test_findings_of_the_rules_are_counted_and_listed(small: Review) -> None:
    """Folded, for they are not of this change alone."""
    text = markdown(small)
    assert "<summary>1 finding of the rules afterwards: 1 warning</summary>" in text
    assert "- 🟡 warning `DRV001` `profiles/homelab.yaml:11:22`: found production. Write lts." in text


def test_dangers_come_before_the_rest_and_new_sources_before_other_dangers() -> None:
    """Each with what, why, who says so, what to do and the way back."""
    lost = cause("data-loss", subject="Namespace gpu", why="All in it goes.", do="Save it.", back="Restore it.", kind="removed", after="")  # fmt: skip
    moved = cause("source-changed", subject="Mirror of images", do="", back="")
    pool = ScopeImpact("gpu", ("gpu-1",), (cause("reboot"), lost, moved))
    one = replace(impact("homelab"), pools=(pool,))
    text = markdown(Review(replace(nothing(), clusters=(ClusterChange("homelab", "changed", (), None, None),)), (one,)))
    section = text[text.index("### Dangers") : text.index("<details>")]
    assert re.findall("#### 🔴 (.*)", section) == ["source changed: Mirror of images", "data loss: Namespace gpu"]
    assert "In `homelab` (pool `gpu`): `customization.systemExtensions` was removed: `lts`, at `dist/" in section
    assert "- **Why:** All in it goes. (`IMG001`; source: <https://docs.siderolabs.com/talos>)\n" in section
    assert "- **What to do:** Save it.\n- **The way back:** Restore it.\n" in section
    assert "whoever provides it now is whom you trust" in section


def test_what_no_revert_brings_back_is_not_said_to_come_back() -> None:
    """Nor is anything promised of what is unknown."""
    text = markdown(fleet(1, "data-loss", "unknown", "recreate"))
    assert re.findall(r"- \*\*The way back:\*\* (.*)", text) == [
        "not known beyond taking this change back.",
        "none for what is lost.",
        "take this change back, and apply again.",
    ]


def test_a_cluster_that_nobody_judged_is_unknown() -> None:
    """Never silently without effect."""
    text = markdown(replace(fleet(1), impacts=(), rollouts=()))
    assert text.startswith("## 🔴 talos-gpu: unknown; 1 cluster changed; at least 0 reboots")
    assert tables(tokens(text))[0][1][2].startswith("🔴 **unknown**")
    assert "Nobody judged what this costs `cluster-0000`" in text


def test_what_is_blocked_stands_before_the_dangers() -> None:
    """It cannot be merged as it is."""
    review = fleet(1, "unknown")
    rollout = replace(review.rollouts[0], blocked=("Talos does not go back from `v1.13.1` to `v1.12.1`",))
    text = markdown(replace(review, rollouts=(rollout,)))
    line = "- ⛔ `cluster-0000`: Talos does not go back from `v1.13.1` to `v1.12.1`."
    assert text.index(line) < text.index("### Dangers")


def test_without_a_change_it_says_so() -> None:
    """And between what."""
    assert markdown(Review(nothing())) == ("## talos-gpu: nothing changed\n\nCompared `main` with `work tree`.\n\n\n")


def test_a_fleet_is_told_by_verdict_with_the_worst_by_name() -> None:
    """A thousand rows would leave no room for anything else."""
    worse = fleet(1_001, "live")
    lost = impact("cluster-0500", "data-loss")
    impacts = [lost if one.name == lost.name else one for one in worse.impacts]
    text = markdown(replace(worse, impacts=tuple(impacts)))
    rows = tables(tokens(text))[0]
    assert [(row[0].partition("**: ")[0], row[1]) for row in rows[1:]] == [
        ("🔴 **data loss", "1"), ("🟢 **live", "1,000"),
    ]  # fmt: skip
    assert rows[1][4] == "`cluster-0500`"
    assert "#### 🔴 data loss: Thing 0" in text
    assert_harmless(text, tokens(text))


def test_what_is_cut_is_named_with_where_all_of_it_is() -> None:
    """The least important goes first: of the worst cluster more is left than of the others."""
    text = markdown(fleet(400, "reboot"), "the artifact talos-gpu-report of this run")
    assert units(MARKER + text) <= 65_536
    foot = text.splitlines()[-1]
    assert foot.startswith("**Shortened to fit into a comment:** ")
    assert "steps of " in foot
    assert foot.endswith(" All of it is in the artifact talos-gpu-report of this run.")
    assert "<code>cluster-0000</code>" in text
    assert "<code>cluster-0399</code>" not in text


def test_what_fits_is_not_cut(small: Review) -> None:
    """Nothing is said to be left out."""
    assert "Shortened" not in markdown(small)


def test_many_dangers_are_told_shorter_and_then_counted() -> None:
    """Each is there in some form."""
    every = tuple(cause("unknown", subject=f"Thing {number}", why="x" * 300) for number in range(900))
    one = replace(impact("homelab"), pools=(ScopeImpact("gpu", ("gpu-1",), every),))
    text = markdown(Review(replace(nothing(), clusters=(ClusterChange("homelab", "changed", (), None, None),)), (one,)))
    section = text[text.index("### Dangers") : text.index("<details>")]
    full, brief = (
        len(re.findall("^#### ", section, re.MULTILINE)),
        len(re.findall(r"^- 🔴 \*\*unknown\*\*: Thing", section, re.MULTILINE)),
    )
    (left,) = re.findall(r"^- 🔴 \*\*unknown\*\*: (\d+) more$", section, re.MULTILINE)
    assert full > 10
    assert brief > 10
    assert full + brief + int(left) == 900
    assert len(tables(tokens(text))[0]) == 3


def test_hostile_text_stays_text(hostile: Review) -> None:
    """Names, values, paths, notes, commands, files: none gets out of where it stands."""
    text = markdown(hostile, HOSTILE)
    assert_harmless(text, tokens(text))
    (row, kubernetes) = tables(tokens(text))[0][1:]
    assert len(row) == len(kubernetes) == 6
    fences = [token.content for token in tokens(text) if token.type == "fence"]
    assert any("</details>" in content for content in fences)


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("@everyone", "&#64;&#8203;everyone"),
        ("# 1 \\@x", "&#35;&#8203; 1 \\\\&#64;&#8203;x"),
        ("fixes #1 and GH-2", "fixes &#35;&#8203;1 and GH&#8203;-2"),
        ("<!-- x -->", "\\<!-- x --\\>"),
        ("</details>", "\\</details\\>"),
        ("a\u202eb\u200b", "a\\\\u202eb\\\\u200b"),
    ],
)
def test_words_are_neutral(given_text: str, shown: str) -> None:
    """GitHub decodes entities before it looks for names: only what stands behind the sign stops it."""
    assert words(given_text) == shown


def test_code_in_a_sentence_stays_code() -> None:
    """And a mention between code spans is none."""
    assert sentence("set `a@b` for @c") == "set `a@b` for &#64;&#8203;c"


def test_a_secret_is_not_quoted() -> None:
    """Even where a cause brings one."""
    secret = cause("live", path="cluster.token", before="", after="token: 0123456789abcdef0123456789abcdef")
    one = replace(impact("homelab"), pools=(ScopeImpact("gpu", (), (secret,)),))
    assert "0123456789abcdef" not in markdown(Review(replace(nothing(), unchanged=1, clusters=(ClusterChange("homelab", "changed", (), None, None),)), (one,)))  # fmt: skip


PIECES = [*"`|~<>@#[]()!\\_*\n\t -+=:$&;.0aG\u202e\u200b\udc80🔴", "</details>", "````", "<!--", "://", "www.", "GH-1"]
LONG = ["`|" * 400, "@" * 700, "\u202e" * 600, HOSTILE]
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.sampled_from(LONG), st.text(max_size=20)
)
VERDICTS = st.sampled_from(get_args(Verdict))
PLACES = st.builds(Position, TEXTS, st.integers(0, 9), st.integers(1, 9))
CAUSES: Any = st.builds(
    Cause, VERDICTS, TEXTS, TEXTS, st.sampled_from(["added", "removed", "changed", "reordered"]), TEXTS, TEXTS, PLACES,
    TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.lists(PLACES, max_size=2).map(tuple),
)  # fmt: skip
SCOPES: Any = st.builds(ScopeImpact, TEXTS, st.lists(TEXTS, max_size=4).map(tuple), st.lists(CAUSES, max_size=4).map(tuple))  # fmt: skip
IMPACTS: Any = st.builds(
    ClusterImpact, TEXTS, st.sampled_from(["added", "removed", "changed"]), st.tuples(TEXTS, TEXTS),
    st.lists(SCOPES, max_size=3).map(tuple), SCOPES, st.lists(TEXTS, max_size=2).map(tuple),
)  # fmt: skip
STEPS: Any = st.builds(RolloutStep, st.sampled_from(["before", "node", "after"]), TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)  # fmt: skip


@given(st.lists(IMPACTS, min_size=1, max_size=6, unique_by=lambda one: one.name), st.lists(STEPS, max_size=5), TEXTS)
@settings(max_examples=40, phases=[Phase.generate])
def test_any_review_is_a_harmless_comment_with_its_table(
    impacts: list[ClusterImpact], steps: list[RolloutStep], text: str
) -> None:
    """The law behind the examples: the table has its rows, nothing comes to life, and it fits."""
    clusters = tuple(ClusterChange(one.name, one.status, (), None, None) for one in impacts)
    rollouts = tuple(Rollout(one.name, tuple(steps), (), (text, text, text), 1, (text,)) for one in impacts)
    told = markdown(Review(replace(nothing(), clusters=clusters), tuple(impacts), rollouts), text)
    every = tokens(told)
    assert_harmless(told, every)
    head, *rows = tables(every)[0]
    assert {len(row) for row in rows} == {len(head)}
    if head[0] == "cluster":
        assert len(rows) == sum(len(one.scopes) if one.verdict != "none" else 1 for one in impacts)


def test_a_profile_whose_output_did_not_change_is_unknown_and_not_free() -> None:
    """Somebody forgot to run synth: no verdict is better than a wrong one."""
    old, new = tree_of("main", PROFILE), tree_of("work tree", PROFILE)
    files = {**new.files, "profiles/homelab.yaml": CHANGED.encode(), "profiles/schema.json": b"{}"}
    states = (State.of(tree, "dist") for tree in (old, replace(new, files=files)))
    review = Review(difference(*states))
    text = markdown(review)
    assert text.startswith("## 🔴 talos-gpu: unknown; no cluster changed\n")
    assert "- ⛔ `profiles/homelab.yaml` changed, and the output was not rendered since: run `talos-gpu synth`." in text
    assert "::error file=profiles/homelab.yaml,line=1" in github(review)
    document = json.loads(json_document(review))
    assert (document["verdict"], document["blocked"]) == ("unknown", True)
    assert document["unrendered"] == ["profiles/homelab.yaml"]


@pytest.mark.parametrize("content", [CHANGED.encode(), b"cluster: [", None], ids=["changed", "not YAML", "gone"])
def test_a_profile_is_not_rendered_because_something_else_of_its_cluster_changed(content) -> None:
    """A file that was edited by hand beside it: the ledger still tells from which bytes the output came."""
    old, new = tree_of("main", PROFILE), tree_of("work tree", PROFILE)
    files = {**new.files, "dist/homelab/README.md": b"by hand", "profiles/homelab.yaml": content or b""}
    if content is None:
        del files["profiles/homelab.yaml"]
    review = Review(difference(*(State.of(tree, "dist") for tree in (old, replace(new, files=files)))))
    assert [cluster.name for cluster in review.difference.clusters] == ["homelab"]
    assert json.loads(json_document(review))["unrendered"] == ["profiles/homelab.yaml"]
    assert markdown(review).startswith("## 🔴 talos-gpu: unknown; ")


def test_a_profile_that_was_rendered_is_not_called_out_of_date() -> None:
    """Its ledger names the bytes that it has now."""
    states = (State.of(tree, "dist") for tree in (tree_of("main", PROFILE), tree_of("work tree", CHANGED)))
    assert json.loads(json_document(Review(difference(*states))))["unrendered"] == []


def test_clusters_that_notice_nothing_are_told_in_a_row_and_a_line() -> None:
    """Another talos-gpu changes the ledgers of a whole fleet."""
    text = markdown(replace(fleet(3, "none"), rollouts=()))
    assert text.startswith("## ⚪ talos-gpu: no effect; 3 clusters changed; no reboot\n")
    assert [row[:2] for row in tables(tokens(text))[0][1:]] == [
        [f"`cluster-000{number}`", "all of it"] for number in range(3)
    ]
    assert "Only the ledger changed" in text
    assert "<details>" not in text


def test_files_that_went_whole_leave_room_for_those_that_changed() -> None:
    """What is gone needs no line for each of its lines."""
    other = PROFILE.replace("homelab", "other")
    text = markdown(Review(compared(other, CHANGED)))
    assert len(re.findall(r"^@@ and [\d,]+ more lines @@$", text, re.MULTILINE)) > 5
    assert text.splitlines()[-1] == "Long differences are shortened. All of it is in the output of `talos-gpu diff`."
    assert_harmless(text, tokens(text))
